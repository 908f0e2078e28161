import { CatalogError } from './errors.ts'
import { badField, type Field } from './fields.ts'
import { encodeMorePorts } from './more-ports.ts'
import type { NodeInfo, Ports } from './node-info.ts'
import { tellablePorts } from './port-ranges.ts'
import { decodePorts, encodePort, encodePorts, sortedPortKeys } from './ports.ts'

/** What Serf takes (memberlist's MetaMaxSize), in bytes as it encodes them. */
export const TAGS_MAX = 512

/** What a node tells of itself. Without `service_ip` it is a member that has no service yet. */
export type OwnFacts = Omit<NodeInfo, 'id' | 'service_ip'> & { service_ip?: string }

export type FittedTags = {
  tags: Record<string, string>
  /** Ports without room in the tags: the tag `more_ports` says so, and others ask for them. */
  leftOut: Ports
  /** Ports of which nobody learns: those without a code (sctp), and more than can be asked for. */
  untold: Ports
}

/** What of a member's tags is wanted: who it is, and its service if it has one. */
export type ReadTags = { name: string; role: string; service?: NodeInfo }

/**
 * A node's facts as Serf tags. Ports are left out, highest first as a rule, when all of them do
 * not fit. Throws `tags-too-long` when the rest alone does not.
 */
export const fitTags = (facts: OwnFacts): FittedTags => {
  const tags = tagsWithoutPorts(facts)
  assertFit(tags, facts)
  const shown = facts.service_ip === undefined ? {} : facts.ports
  const all = tellablePorts(shown)
  const untold = without(shown, all)
  const ports = encodePorts(all)
  const whole = ports === '' ? tags : { ...tags, ports }
  if (tagsSize(whole) <= TAGS_MAX) return { tags: whole, leftOut: {}, untold }
  // The count is not known yet, but no longer than this one.
  const fitted = fitPorts({ ...tags, more_ports: encodeMorePorts(9_999, all) }, all)
  const told = decodePorts(fitted['ports'] ?? '') ?? {}
  const leftOut = without(all, told)
  const more_ports = encodeMorePorts(Object.keys(leftOut).length, all)
  return { tags: { ...fitted, more_ports }, leftOut, untold }
}

const assertFit = (tags: Record<string, string>, { name, role }: OwnFacts): void => {
  const size = tagsSize(tags)
  if (size <= TAGS_MAX) return
  const message = `encode tags of ${name}: ${size} bytes, ${TAGS_MAX} fit`
  throw new CatalogError('tags-too-long', message, { facts: { role } })
}

/** `tags` with as many ports as there is room for. */
const fitPorts = (tags: Record<string, string>, all: Ports): Record<string, string> => {
  let fitted = tags
  for (const key of sortedPortKeys(all)) {
    const ports = [fitted['ports'], encodePort(key, all[key] ?? [])].filter(Boolean).join('|')
    const next = { ...tags, ports }
    if (tagsSize(next) <= TAGS_MAX) fitted = next
  }
  return fitted
}

const without = (ports: Ports, others: Ports): Ports =>
  Object.fromEntries(Object.entries(ports).filter(([key]) => !(key in others)))

const tagsWithoutPorts = (facts: OwnFacts): Record<string, string> => ({
  name: facts.name,
  role: facts.role,
  ip: facts.serf_ip,
  serf_port: facts.serf_port,
  timestamp: facts.timestamp,
  ...(facts.service_ip === undefined
    ? {}
    : { service: facts.service_ip, service_port: facts.service_port }),
})

/**
 * Bytes of `tags` as Serf encodes them: a magic byte, then a msgpack map in the old spec, which
 * knows no str8: a string takes 1 byte more than its text up to 31 bytes, 3 above.
 */
export const tagsSize = (tags: Readonly<Record<string, string>>): number => {
  const strings = Object.entries(tags).flat()
  const header = strings.length / 2 <= 15 ? 1 : 3
  return strings.reduce((size, text) => size + stringSize(text), 1 + header)
}

const stringSize = (text: string): number => {
  const bytes = Buffer.byteLength(text)
  return bytes + (bytes <= 31 ? 1 : 3)
}

/** A member's tags, or the field for which it is refused. Never throws: it reads foreign data. */
export const readTags = (member: {
  name: string
  addr: string
  port: number
  tags: Readonly<Record<string, string>>
}): ReadTags | { refused: Field } => {
  const tags = member.tags ?? {}
  const id = member.name
  // A bare `serf agent` in the cluster sends no tags: a member, never a service.
  const fields = {
    id,
    name: tags['name'] ?? id,
    role: tags['role'] ?? 'no_role',
    addr: member.addr,
    port: String(member.port),
    serf_ip: tags['ip'] ?? member.addr,
    serf_port: tags['serf_port'] ?? String(member.port),
    service_ip: tags['service'] || undefined,
    service_port: tags['service_port'] ?? '0',
    ports: tags['ports'] ?? '',
    timestamp: tags['timestamp'],
  }
  const { addr: _addr, port: _port, service_ip, timestamp, ...rest } = fields
  const refused = badField({ ...fields, name: tags['name'], more_ports: tags['more_ports'] })
  if (refused) return { refused }
  if (service_ip === undefined) return { name: fields.name, role: fields.role }
  if (timestamp === undefined) return { refused: 'timestamp' }
  const ports = decodePorts(fields.ports) ?? {}
  const { name, role } = fields
  return { name, role, service: Object.freeze({ ...rest, ports, service_ip, timestamp }) }
}
