import { CatalogError } from './errors.ts'
import { badField, type Field } from './fields.ts'
import type { NodeInfo, Ports } from './node-info.ts'
import { decodePorts, encodePort, sortedPortKeys } from './ports.ts'

/** What Serf takes (memberlist's MetaMaxSize), in bytes as it encodes them. */
export const TAGS_MAX = 512

/** What a node tells of itself. Without `service_ip` it is a member that has no service yet. */
export type OwnFacts = Omit<NodeInfo, 'id' | 'service_ip'> & { service_ip?: string }

export type FittedTags = {
  tags: Record<string, string>
  /** Ports that have no room in the tags, or no code (sctp). */
  leftOut: Ports
}

/** What of a member's tags is wanted: who it is, and its service if it has one. */
export type ReadTags = { name: string; role: string; service?: NodeInfo }

/**
 * A node's facts as Serf tags. Ports are left out, highest first as a rule, when all of them do
 * not fit. Throws `tags-too-long` when the rest alone does not.
 */
export const fitTags = (facts: OwnFacts): FittedTags => {
  const tags = tagsWithoutPorts(facts)
  const hidden = facts.service_ip === undefined
  if (tagsSize(tags) > TAGS_MAX) {
    const message = `encode tags of ${facts.name}: ${tagsSize(tags)} bytes, ${TAGS_MAX} fit`
    throw new CatalogError('tags-too-long', message, { facts: { role: facts.role } })
  }
  const leftOut: Record<string, readonly string[]> = {}
  for (const key of hidden ? [] : sortedPortKeys(facts.ports)) {
    const outside = facts.ports[key] ?? []
    const entry = encodePort(key, outside)
    const ports = [tags['ports'], entry].filter(Boolean).join('|')
    if (entry && tagsSize({ ...tags, ports }) <= TAGS_MAX) tags['ports'] = ports
    else leftOut[key] = outside
  }
  return { tags, leftOut }
}

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
  const refused = badField({ ...fields, name: tags['name'] })
  if (refused) return { refused }
  if (service_ip === undefined) return { name: fields.name, role: fields.role }
  if (timestamp === undefined) return { refused: 'timestamp' }
  const ports = decodePorts(fields.ports) ?? {}
  const { name, role } = fields
  return { name, role, service: Object.freeze({ ...rest, ports, service_ip, timestamp }) }
}
