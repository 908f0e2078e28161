import type { HandlerAskOptions, HandlerMember, HandlerService } from './handler-types.ts'

/** A member of the cluster. `refused`: the field that may not enter; it gives no service. */
export type Member = HandlerMember & { readonly refused?: string }

/** What a live member serves. */
export type Service = HandlerService

/** Members or services at one moment; `stale`: Serf does not answer, this is what was known last. */
export type Members = { index: string; stale: boolean; self: string; members: readonly Member[] }
export type Services = { index: string; stale: boolean; services: readonly Service[] }

/** A child of the node; times are ISO 8601. */
export type Child = {
  readonly name: string
  readonly container: string
  readonly image: string
  readonly state:
    | 'waiting'
    | 'pulling'
    | 'starting'
    | 'running'
    | 'paused'
    | 'backoff'
    | 'stopping'
    | 'stopped'
  readonly since: string
  readonly restarts: number
  readonly last_reason?: string
  readonly next_try?: string
  readonly waiting_for?: readonly string[]
  readonly warnings: readonly string[]
}

/** The node that answers; no `service_ip`: its service is hidden. */
export type NodeStatus = {
  readonly index: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly cluster: string
  readonly version: string
  readonly phase: 'waiting' | 'joining' | 'up' | 'stopping'
  readonly ports: Readonly<Record<string, readonly string[]>>
  readonly serf_ip: string
  readonly serf_port: string
  readonly service_ip?: string
  readonly service_port: string
  readonly timestamp: string
  readonly warnings: readonly string[]
  readonly children: readonly Child[]
}

/** An event in the node's history. */
export type EventRecord = {
  readonly index: number
  readonly id: string
  readonly time: string
  readonly type:
    | 'member-join'
    | 'member-leave'
    | 'member-failed'
    | 'member-update'
    | 'member-reap'
    | 'user'
    | 'query'
    | 'start'
    | 'stop'
  readonly name?: string
  readonly ltime?: number
  readonly payload?: string
  /** Of bytes that are no text. */
  readonly payload_base64?: string
  readonly members?: readonly Pick<Member, 'id' | 'name' | 'role' | 'addr' | 'status'>[]
  readonly more_members?: number
  readonly origin?: string
  readonly via?: string
  readonly handled: readonly {
    readonly handler: string
    readonly outcome: 'ok' | 'failed' | 'timeout' | 'dropped' | 'refused'
    readonly ms: number
    readonly error?: string
  }[]
}

export type Change = {
  readonly type: 'member-join' | 'member-leave' | 'member-failed' | 'member-update' | 'member-reap'
  readonly member: Member
}

/**
 * A message of the stream. `reset`: some of `topic` is not known any more, read it anew. `id` is for
 * going on later.
 */
export type StreamMessage =
  | { type: 'catalog'; id: string; stale: boolean; changes: readonly Change[] }
  | { type: 'event'; id: string; event: EventRecord }
  | { type: 'reset'; id: string; topic: 'catalog' | 'events' }

export type StreamOptions = {
  topics?: readonly ('catalog' | 'events')[]
  /** Goes on after this id; else it begins now. */
  after?: string
  signal?: AbortSignal
}

export type AskOptions = HandlerAskOptions & { signal?: AbortSignal }

/** Text and bytes go as they are, anything else as its JSON. */
export type Payload = string | Uint8Array | number | boolean | object | null

export type ConnectOptions = {
  /** The node's control socket. */
  socketPath?: string
  /** Where the API is; `http://127.0.0.1:7380`, for programs in a child, when nothing is given. */
  baseUrl?: string
  /** For a published API. */
  token?: string
  /**
   * How long the node may say nothing to a call, in ms; 10 s when absent. Queries and watches have
   * their own time.
   */
  timeoutMs?: number
}
