import type { Command } from '../command.ts'
import { asText, readMap } from '../fields.ts'

/** Serf's own groups and names; all values are texts. */
export type SerfStats = Record<string, Record<string, string>>

// > no body
// < {agent: {str: str}, runtime: ..., serf: ..., tags: ..., event_handlers: ...}
export const stats: Command<void, SerfStats> = {
  name: 'stats',
  response: (body) => readMap(body, 'stats', (group, what) => readMap(group, what, asText)),
}
