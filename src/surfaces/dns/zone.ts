import { isIPv6 } from 'node:net'
import type { Member } from '../../catalog/member.ts'
import { type NamedService, type Names, ZONE } from './names.ts'

export type SrvRecord = { port: number; target: string }

/** What is at one name; a name above others exists with nothing of its own. */
export type Records = { a: string[]; aaaa: string[]; srv: SrvRecord[]; txt: string[][] }

/** Every name that exists, lower case and without the end dot. */
export type Zone = ReadonlyMap<string, Records>

/** A member's tags are at the names of its node. */
export type TaggedMember = Pick<Member, 'id' | 'tags'>

/** All records of the zone: addresses, SRV at `_<port>._tcp.<role>.serf`, TXT of tags. */
export const makeZone = ({ services }: Names, members: readonly TaggedMember[]): Zone => {
  const zone = new Map<string, Records>()
  at(zone, ZONE)
  const tags = new Map(members.map((member) => [member.id, member.tags]))
  for (const named of services) {
    addAddresses(zone, named)
    addPorts(zone, named)
    const texts = tagTexts(tags.get(named.service.id) ?? {})
    for (const name of named.node) at(zone, name).txt.push(...texts)
  }
  return zone
}

const at = (zone: Map<string, Records>, name: string): Records => {
  const found = zone.get(name)
  if (found) return found
  const made: Records = { a: [], aaaa: [], srv: [], txt: [] }
  zone.set(name, made)
  const dot = name.indexOf('.')
  if (dot > 0) at(zone, name.slice(dot + 1))
  return made
}

const addAddresses = (zone: Map<string, Records>, { service, names }: NamedService): void => {
  const type = isIPv6(service.service_ip) ? 'aaaa' : 'a'
  for (const name of names) {
    const list = at(zone, name)[type]
    // Nodes may share the address of their host.
    if (!list.includes(service.service_ip)) list.push(service.service_ip)
  }
}

const addPorts = (zone: Map<string, Records>, { service, role, own }: NamedService): void => {
  if (role === undefined || own === undefined) return
  for (const [key, outside] of Object.entries(service.ports)) {
    const [inside, protocol] = key.split('/')
    const { srv } = at(zone, `_${inside}._${protocol}.${role}`)
    srv.push(...outside.map((port) => ({ port: Number(port), target: own })))
  }
}

/** One record a tag; its strings, 255 bytes at most each, are to be put together. */
const tagTexts = (tags: Readonly<Record<string, string>>): string[][] =>
  Object.entries(tags).map(([key, value]) => pieces(`${key}=${value}`))

const pieces = (text: string): string[] => {
  const ascii = text.replace(/[^ -~]/g, '?')
  return ascii.match(/.{1,255}/g) ?? ['']
}
