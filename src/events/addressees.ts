import { isMemberName } from '../catalog/fields.ts'
import type { Member } from '../catalog/member.ts'
import { EventError, QUERY_LIMIT, rawSize } from './limits.ts'
import type { AskFilter } from './types.ts'

/** A filter in Serf's words: exact names, and Go regular expressions by tag. */
export type SerfFilter = { filterNodes?: string[]; filterTags?: Record<string, string> }

/** Serf's 1024 bytes hold about as many; with more, looking whom they fit would hold up the node. */
const NODES_MAX = 100
const TAGS_MAX = 16

/**
 * Throws EventError `filter` for what fits everybody or nobody by mistake. An empty filter, or an
 * empty text in one, is never sent: it can crash every Serf that receives it.
 */
export const checkFilter = ({ nodes, role, tags }: AskFilter): void => {
  if (nodes !== undefined && !Array.isArray(nodes)) throw bad('no list of nodes')
  if (nodes?.length === 0) throw bad('an empty list of nodes')
  if (nodes && nodes.length > NODES_MAX) throw bad(`${nodes.length} nodes, more than ${NODES_MAX}`)
  if (nodes?.some((name) => !isText(name))) throw bad('a name that is empty or cannot be')
  if (tags !== undefined && (typeof tags !== 'object' || tags === null || Array.isArray(tags))) {
    throw bad('tags that are no object')
  }
  if (role !== undefined && !isText(role)) throw bad('a role that is empty or cannot be')
  const wanted = Object.entries(tags ?? {})
  if (wanted.length > TAGS_MAX) throw bad(`${wanted.length} tags, more than ${TAGS_MAX}`)
  for (const [tag, value] of wanted) {
    if (!isText(tag)) throw bad('a tag without a name, or with one that cannot be')
    if (!isText(value)) throw bad(`no value for the tag ${tag}, or one that cannot be`)
  }
}

/** What may stand in a tag: 512 bytes hold all of them. */
const isText = (text: unknown): boolean =>
  typeof text === 'string' && /^[^\p{Cc}]{1,512}$/u.test(text)

const bad = (found: string): EventError => new EventError('filter', `query filter: found ${found}`)

/**
 * Live members that every given filter fits. Throws EventError `no-member` for a name that nobody
 * alive has.
 */
export const fitting = (members: readonly Member[], filter: AskFilter): Member[] => {
  const { nodes, role, tags = {} } = filter
  const alive = members.filter(({ status }) => status === 'alive')
  for (const name of nodes ?? []) {
    if (alive.some((member) => isCalled(member, name))) continue
    const known = members.find((member) => isCalled(member, name))
    const why = known ? `it is ${known.status}` : 'no member of that name'
    throw new EventError('no-member', `ask ${name}: ${why}`, { facts: { name } })
  }
  return alive.filter(
    (member) =>
      (!nodes || nodes.some((name) => isCalled(member, name))) &&
      (role === undefined || member.tags['role'] === role) &&
      Object.entries(tags).every(([tag, value]) => member.tags[tag] === value),
  )
}

/** Serf takes only member names as they are; one that cannot be a node's is never waited for. */
const isCalled = ({ id, name }: Member, wanted: string): boolean =>
  (id === wanted || name === wanted) && isMemberName(id)

/**
 * Those of `asked` who will answer, be it with nothing: Serfnodes. Plain Serf agents stay silent
 * when they have no handler, so they are waited for only when they are named, or nobody else is asked.
 */
export const awaited = (asked: readonly Member[], { nodes }: AskFilter): Member[] => {
  const sure = asked.filter(isSerfnode)
  return nodes || sure.length === 0 ? [...asked] : sure
}

const isSerfnode = ({ id, tags }: Member): boolean =>
  isMemberName(id) && tags['name'] !== undefined && tags['timestamp'] !== undefined

const quoted = (text: string): string => `^${text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')}$`

/** The filter for Serf; names of people become member names. */
export const serfFilter = (filter: AskFilter, asked: readonly Member[]): SerfFilter => {
  const wanted = Object.entries({
    ...filter.tags,
    ...(filter.role !== undefined && { role: filter.role }),
  })
  const filterTags = Object.fromEntries(wanted.map(([tag, value]) => [tag, quoted(value)]))
  return {
    ...(filter.nodes && { filterNodes: asked.map(({ id }) => id) }),
    ...(wanted.length > 0 && { filterTags }),
  }
}

// Serf's messageQuery: type byte, map header, its keys; a Lamport time and an id of 32 bits, an
// IPv4 address, a port, the filters' header, flags, relay factor and a time-out of 64 bits.
const KEYS = 'xLTimexIDxAddrxPortxSourceNodexFiltersxFlagsxRelayFactorxTimeoutxNamexPayload'.length
const ENVELOPE = 1 + 1 + KEYS + 5 + 5 + 5 + 3 + 3 + 1 + 1 + 9

/** The most payload bytes of a query of this name and filter, asked by the member `self`. */
export const queryRoom = (name: string, self: string, filter: SerfFilter): number => {
  const size = (text: string): number => rawSize(Buffer.byteLength(text))
  const { filterNodes, filterTags = {} } = filter
  const nodes = filterNodes
    ? rawSize(1 + 3 + filterNodes.reduce((sum, id) => sum + size(id), 0))
    : 0
  const tags = Object.entries(filterTags).map(([tag, expression]) =>
    rawSize(1 + 1 + size('Tag') + size(tag) + size('Expr') + size(expression)),
  )
  const filters = tags.reduce((sum, one) => sum + one, nodes)
  return QUERY_LIMIT - ENVELOPE - size(self) - filters - size(name) - 3
}
