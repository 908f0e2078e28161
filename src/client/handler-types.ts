/** A member of the cluster, as handlers see it. */
export type HandlerMember = {
  /** Serf's member name. */
  readonly id: string
  /** The name people see. */
  readonly name: string
  readonly role: string
  readonly addr: string
  readonly port: number
  readonly status: 'alive' | 'leaving' | 'left' | 'failed' | 'none'
  readonly tags: Readonly<Record<string, string>>
}

/** What a live member serves; everything in `ports` is reachable at `service_ip`. */
export type HandlerService = {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly ports: Readonly<Record<string, readonly string[]>>
  readonly serf_ip: string
  readonly serf_port: string
  readonly service_ip: string
  readonly service_port: string
  /** Start of the node in unix seconds. */
  readonly timestamp: string
}

/** All that this node knows of the cluster at one moment. */
export type HandlerCatalog = {
  readonly version: number
  /** The member name of this node. */
  readonly self: string
  readonly members: readonly HandlerMember[]
  readonly services: readonly HandlerService[]
  /** Serf does not answer: this is what was known last. */
  readonly stale: boolean
}

/** A child of this node. */
export type HandlerChild = {
  readonly name: string
  readonly container: string
  readonly image: string
  readonly state: string
  readonly restarts: number
  readonly last_reason?: string
}

type Heard = {
  /** The same on every node for user events and queries. */
  readonly id: string
  /** When it was heard, ISO 8601. */
  readonly time: string
  /** Aborts when the handler's time is over; nobody waits for it any longer. */
  readonly signal: AbortSignal
}

export type MemberEventName =
  | 'member-join'
  | 'member-leave'
  | 'member-failed'
  | 'member-update'
  | 'member-reap'

/** Members that joined, left, failed, changed or were forgotten. */
export type HandlerMemberEvent = Heard & {
  readonly type: MemberEventName
  readonly members: readonly HandlerMember[]
}

type Carried = Heard & {
  readonly name: string
  /** Serf's logical clock. */
  readonly ltime: number
  readonly payload: Uint8Array
  /** The payload as text. */
  readonly text: string
  /** The payload as JSON. Throws SyntaxError when it is none. */
  json(): unknown
}

/** An event that somebody raised. */
export type HandlerUserEvent = Carried & { readonly type: 'user' }

/** A question; what the handler returns is the answer. */
export type HandlerQuery = Carried & { readonly type: 'query' }

/** `start`: the node is up and its children run; `stop`: the node stops. */
export type HandlerLifeEvent = Heard & { readonly type: 'start' | 'stop' }

export type HandlerEvent = HandlerMemberEvent | HandlerUserEvent | HandlerQuery | HandlerLifeEvent

/** Who is asked: all live members that every given filter fits. */
export type HandlerAskOptions = {
  /** Member names or the names people see. */
  nodes?: readonly string[]
  role?: string
  /** Tag to the exact value. */
  tags?: Readonly<Record<string, string>>
  timeoutMs?: number
}

/** An answer, then the end with who said nothing in time. */
export type HandlerAskRecord =
  | {
      readonly type: 'answer'
      readonly id: string
      readonly name: string
      readonly payload: Uint8Array
      readonly text: string
    }
  | {
      readonly type: 'end'
      readonly answered: number
      readonly none: number
      readonly silent: readonly { readonly id: string; readonly name: string }[]
    }

/** This node, for the code of a handler. Every call rejects with an Error that says why. */
export type HandlerNode = {
  /** Serf's member name, the name people see, and the role. */
  readonly self: { readonly id: string; readonly name: string; readonly role: string }
  /** The catalog as it is now; it is only sent again when it has changed. */
  catalog(): Promise<HandlerCatalog>
  /** Raises a user event. Rejects over Serf's size and the node's rate. */
  raise(name: string, payload?: string | Uint8Array): Promise<void>
  /** Asks the members; answers as they come, then the end. */
  ask(
    name: string,
    payload?: string | Uint8Array,
    options?: HandlerAskOptions,
  ): AsyncIterable<HandlerAskRecord>
  children(): Promise<readonly HandlerChild[]>
  restartChild(name: string): Promise<void>
}

/** What a query is answered with: text, bytes, or anything else as JSON; nothing is no answer. */
export type Answer = string | Uint8Array | number | boolean | object | null | undefined

/** May be async. What comes back counts for queries only, as `Answer`. */
type Hears<Event> = (event: Event, node: HandlerNode) => unknown

type MemberHandlers = {
  [Name in
    | MemberEventName
    | 'join'
    | 'leave'
    | 'fail'
    | 'update'
    | 'reap']?: Hears<HandlerMemberEvent>
}

/**
 * A handler module: `export default { 'user:deploy'(event, node) { ... } } satisfies Handlers`.
 * Of several keys that fit an event the most special one hears it.
 */
export type Handlers = MemberHandlers & {
  [key: `user:${string}`]: Hears<HandlerUserEvent>
  [key: `query:${string}`]: Hears<HandlerQuery>
  /** Every user event, every query. */
  user?: Hears<HandlerUserEvent>
  query?: Hears<HandlerQuery>
  /** Changes of children's states, of all nodes. */
  supervisor?: Hears<HandlerUserEvent>
  start?: Hears<HandlerLifeEvent>
  stop?: Hears<HandlerLifeEvent>
  /** Everything. */
  '*'?: Hears<HandlerEvent>
}
