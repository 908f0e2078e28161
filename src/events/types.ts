import type { MemberChangeType } from '../catalog/change.ts'
import type { Member } from '../catalog/member.ts'

/** Members that joined, left, failed, changed or were forgotten; those of one moment together. */
export type MemberEvent = {
  type: MemberChangeType
  members: readonly Member[]
}

/** An event that somebody raised. `ltime` is Serf's logical clock. */
export type UserEvent = { type: 'user'; name: string; ltime: number; payload: Uint8Array }

/** A question; `serfId` is for the answer. */
export type QueryEvent = {
  type: 'query'
  name: string
  ltime: number
  payload: Uint8Array
  serfId: number
}

/** Of this node alone: it is up and its children run (once a life of the node), and: it stops. */
export type LifeEvent = { type: 'start' | 'stop' }

/**
 * What a node hears. `id` is the same on every node for user events and queries:
 * `<ltime>-<8 hex of name and payload>`; for others `<type>-<index>`. `index` grows by one with each
 * event of this node, and `time` is when it was heard, ISO 8601.
 */
export type NodeEvent = { id: string; index: number; time: string } & (
  | MemberEvent
  | UserEvent
  | QueryEvent
  | LifeEvent
)

/** How a handler fared with an event: `dropped` when its queue was full, `refused` by its breaker. */
export type Outcome = 'ok' | 'failed' | 'timeout' | 'dropped' | 'refused'

/** What one handler made of one event. */
export type Handled = { handler: string; outcome: Outcome; ms: number; error?: string }

/** An event in the history; the JSON of HTTP and CLI. */
export type EventRecord = {
  index: number
  id: string
  time: string
  type: NodeEvent['type']
  name?: string
  ltime?: number
  /** As text where it is text, else as base64. */
  payload?: string
  payload_base64?: string
  members?: readonly Pick<Member, 'id' | 'name' | 'role' | 'addr' | 'status'>[]
  /** Who raised it, where that is known: the own name, for what this node raised. */
  origin?: string
  handled: readonly Handled[]
}

/** Who is asked: all live members that every given filter fits. Names are member names or human ones. */
export type AskFilter = {
  nodes?: readonly string[]
  role?: string
  /** Tag to the exact value. */
  tags?: Readonly<Record<string, string>>
}

export type AskRequest = {
  name: string
  payload: Uint8Array
  filter?: AskFilter
  /** Without it Serf's own, which grows with the cluster: 3.2 s up to 9 members. */
  timeoutMs?: number
}

/** Answers as they come, then who said nothing in time; `none`: how many have no answer to give. */
export type AskRecord =
  | { type: 'answer'; id: string; name: string; payload: Uint8Array }
  | { type: 'end'; answered: number; none: number; silent: readonly { id: string; name: string }[] }

/** Raises a user event. Rejects with EventError: `name`, `payload-size`, `rate`, or Serf's own. */
export type Raise = (
  name: string,
  payload: Uint8Array,
  options?: { origin?: string },
) => Promise<void>

/** Asks; ends as soon as every addressee has answered. Throws EventError before anything is sent. */
export type Ask = (request: AskRequest, signal: AbortSignal) => AsyncIterable<AskRecord>
