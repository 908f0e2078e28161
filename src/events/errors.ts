import { SerfnodeError } from '../lib/errors.ts'

/**
 * - `name`, `payload-size`: what Serf would take and then drop, or refuse
 * - `rate`: more events than this node may raise; `facts.retry_after_ms` says when the next one may
 * - `filter`: a filter that fits nothing, or everything by mistake
 * - `no-member`: nobody alive has the name that was asked for
 * - `timeout`: not a time that a query can last
 * - `lost`: serf went away while it asked
 */
export type EventErrorCode =
  | 'name'
  | 'payload-size'
  | 'rate'
  | 'filter'
  | 'no-member'
  | 'timeout'
  | 'lost'

export class EventError extends SerfnodeError<EventErrorCode> {}
