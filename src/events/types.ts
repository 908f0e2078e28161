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

/** What happened, before this node has numbered it. */
export type Happening = MemberEvent | UserEvent | QueryEvent | LifeEvent

/**
 * What a node hears. `id` is the same on every node for user events and queries:
 * `<ltime>-<8 hex of name and payload>`; for others `<type>-<index>`. `index` grows by one with each
 * event of this node, and `time` is when it was heard, ISO 8601.
 */
export type NodeEvent = { id: string; index: number; time: string } & Happening

/** A question on its way to whoever answers it. */
export type NodeQuery = Extract<NodeEvent, { type: 'query' }>

/** Who hears what this node hears. Queries are only given to `answer`. */
export type EventHandlers = {
  /** Must not block. */
  dispatch(event: NodeEvent): void
  /** The answer to a query; undefined when nobody here has one. */
  answer(query: NodeQuery, signal: AbortSignal): Promise<Uint8Array | undefined>
}

/** How a handler fared with an event: `dropped` when its queue was full, `refused` by its breaker. */
export type Outcome = 'ok' | 'failed' | 'timeout' | 'dropped' | 'refused'

/** What one handler made of one event. */
export type Handled = { handler: string; outcome: Outcome; ms: number; error?: string }

/** A member in an event of the history. */
export type RecordedMember = Pick<Member, 'id' | 'name' | 'role' | 'addr' | 'status'>

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
  /** At most 100 of them. */
  members?: readonly RecordedMember[]
  /** How many there were besides. */
  more_members?: number
  /** Who raised it, where that is known: the own name, for what this node raised. */
  origin?: string
  /** How this node came to raise it, such as `pipe`. */
  via?: string
  handled: readonly Handled[]
}

/** The last events of this node, oldest first. */
export type EventHistory = {
  /** The index of the newest event, 0 before the first. */
  readonly last: number
  /** Events with a greater index than this, the first `limit` of them. */
  since(index: number, limit?: number): EventRecord[]
  /** An item whenever there is news, also of what handled an event: then look with `since`. */
  changes(signal: AbortSignal): AsyncIterable<unknown>
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

/**
 * Raises a user event; `origin` says by what way it came, such as `pipe`. Rejects with EventError:
 * `name`, `payload-size`, `rate`, or with Serf's own error.
 */
export type Raise = (
  name: string,
  payload: Uint8Array,
  options?: { origin?: string },
) => Promise<void>

/**
 * Asks; ends as soon as every addressee has answered, and without a last record when `signal`
 * aborts. Throws EventError at the call, or from the loop: `no-member` before anything is sent, `lost`
 * when serf goes away meanwhile.
 */
export type Ask = (request: AskRequest, signal: AbortSignal) => AsyncIterable<AskRecord>
