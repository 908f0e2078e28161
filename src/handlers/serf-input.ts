import type { NodeEvent } from '../events/types.ts'
import type { Environment } from './cell.ts'

/** This node as its handlers are told. */
export type OwnMember = {
  /** Serf's member name. */
  id: string
  name: string
  role: string
  tags: Readonly<Record<string, string>>
}

/**
 * The variables that Serf gives its event handlers (its `invoke.go`): names of tags in capitals,
 * whatever is no letter, digit or `_` as `_`.
 */
export const serfEnvironment = (event: NodeEvent, self: OwnMember): Environment => {
  const tags = Object.entries(self.tags).map(([name, value]) => [
    `SERF_TAG_${name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`,
    value,
  ])
  const all: Record<string, string> = {
    SERF_EVENT: event.type,
    SERF_SELF_NAME: self.id,
    SERF_SELF_ROLE: self.role,
    ...Object.fromEntries(tags),
    ...(event.type === 'user' && {
      SERF_USER_EVENT: event.name,
      SERF_USER_LTIME: String(event.ltime),
    }),
    ...(event.type === 'query' && {
      SERF_QUERY_NAME: event.name,
      SERF_QUERY_LTIME: String(event.ltime),
    }),
  }
  // No variable can hold a zero byte.
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, value.replaceAll('\0', '')]),
  )
}

const NEWLINE = 0x0a

/** What Serf writes to stdin: a line for each member, or the payload with a newline at its end. */
export const serfInput = (event: NodeEvent): Buffer => {
  if ('members' in event) {
    const lines = event.members.map(({ id, addr, role, tags }) => {
      const pairs = Object.entries(tags).map(([name, value]) => `${name}=${value}`)
      return `${[oneField(id), addr, oneField(role), oneField(pairs.join())].join('\t')}\n`
    })
    return Buffer.from(lines.join(''))
  }
  if (!('payload' in event) || event.payload.length === 0) return Buffer.alloc(0)
  const ends = event.payload.at(-1) === NEWLINE
  return Buffer.concat([event.payload, Buffer.from(ends ? '' : '\n')])
}

const oneField = (text: string): string => text.replaceAll('\t', '\\t').replaceAll('\n', '\\n')
