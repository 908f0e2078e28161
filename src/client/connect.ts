import { setMaxListeners } from 'node:events'
import { ApiError } from './api-error.ts'
import type {
  AskOptions,
  Child,
  ConnectOptions,
  EventRecord,
  Members,
  NodeStatus,
  Payload,
  Services,
  StreamMessage,
  StreamOptions,
} from './api-types.ts'
import type { HandlerAskRecord } from './handler-types.ts'
import { readMessage, split } from './lines.ts'
import { persist } from './persist.ts'
import { type Call, createTransport } from './transport.ts'

const WAIT_MS = 60_000
/** The server says something every 15 s. */
const SILENCE_MS = 40_000
/** The longest that a query may be given. */
const ASK_MS = 65_000

type Watchable = {
  members: Members
  services: Services
  node: NodeStatus
  children: { index: string; children: readonly Child[] }
}

export type WatchOptions = {
  /** Of services only. */
  role?: string
  signal?: AbortSignal
}

/** One node over its HTTP API. Calls reject with ApiError. */
export type Serfnode = {
  members(): Promise<Members['members']>
  /** Those of one role with the oldest first. */
  services(role?: string): Promise<Services['services']>
  node(): Promise<NodeStatus>
  children(): Promise<readonly Child[]>
  /** The last events of the node, the oldest first. */
  events(options?: { since?: number; limit?: number }): Promise<readonly EventRecord[]>
  raise(name: string, payload?: Payload): Promise<void>
  /** Answers as they come, then the end with who said nothing in time. */
  ask(name: string, payload?: Payload, options?: AskOptions): AsyncIterable<HandlerAskRecord>
  /** With the right `control` only. */
  restartChild(name: string): Promise<void>
  stopChild(name: string): Promise<void>
  startChild(name: string): Promise<void>
  /** What is there now, and then after each change; goes on when the node was away. */
  watch<W extends keyof Watchable>(what: W, options?: WatchOptions): AsyncIterable<Watchable[W]>
  /** Changes and events from now on; after a reconnect without a gap, or with a `reset`. */
  stream(options?: StreamOptions): AsyncIterable<StreamMessage>
  /** Ends all calls, watches and streams. */
  close(): void
}

/** A client of one node. Nothing happens until the first call. */
export const connect = (options: ConnectOptions = {}): Serfnode => {
  const transport = createTransport(options)
  const closed = new AbortController()
  // One listener a call: Node would take more than ten for a leak.
  setMaxListeners(0, closed.signal)
  const timeoutMs = options.timeoutMs ?? 10_000
  const until = (signal?: AbortSignal): AbortSignal =>
    signal ? AbortSignal.any([closed.signal, signal]) : closed.signal

  const get = async <T>(path: string, call: Partial<Call> = {}): Promise<T> => {
    const signal = call.signal ?? closed.signal
    return read(path, await transport.text(path, { timeoutMs, ...call, signal }))
  }
  const post = async (path: string, body?: object): Promise<void> => {
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    const signal = closed.signal
    await transport.text(path, { method: 'POST', ...text, timeoutMs, signal })
  }
  const control = (verb: string) => (name: string) =>
    post(`/v1/children/${encodeURIComponent(name)}/${verb}`)

  async function* ask(
    name: string,
    payload: Payload | undefined,
    { signal, timeoutMs: ms, ...filter }: AskOptions = {},
  ): AsyncGenerator<HandlerAskRecord, void, undefined> {
    const body = {
      name,
      ...shown(payload),
      ...(Object.keys(filter).length > 0 && { filter }),
      ...(ms !== undefined && { timeout_ms: ms }),
    }
    const headers = { accept: 'application/x-ndjson' }
    const call: Call = {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      timeoutMs: ASK_MS,
      signal: until(signal),
    }
    for await (const line of split(transport.pieces('/v1/queries', call), '\n')) {
      yield recordOf(read('/v1/queries', line))
    }
  }

  async function* watch<W extends keyof Watchable>(
    what: W,
    { role, signal: given }: WatchOptions = {},
  ): AsyncGenerator<Watchable[W], void, undefined> {
    const signal = until(given)
    const filter = role === undefined ? '' : `&role=${encodeURIComponent(role)}`
    let index = 'none'
    const once = async function* (): AsyncGenerator<Watchable[W]> {
      const path = `/v1/${what}?watch=${index}&wait=${WAIT_MS}ms${filter}`
      const found = await get<Watchable[W]>(path, { timeoutMs: WAIT_MS + timeoutMs, signal })
      const isNews = found.index !== index
      index = found.index
      if (isNews) yield found
    }
    for await (const found of persist(() => forever(once, signal), signal)) yield found
  }

  async function* stream({
    topics,
    after,
    signal: given,
  }: StreamOptions = {}): AsyncGenerator<StreamMessage, void, undefined> {
    const signal = until(given)
    let last = after
    const path = topics
      ? `/v1/stream?topics=${[...new Set(topics)].sort().join(',')}`
      : '/v1/stream'
    const once = async function* (): AsyncGenerator<StreamMessage> {
      const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last }
      const pieces = transport.pieces(path, { headers, timeoutMs: SILENCE_MS, signal })
      for await (const block of split(pieces, '\n\n')) {
        const message = readMessage(block)
        if (!message) continue
        last = message.id
        const shown = messageOf(message)
        if (shown) yield shown
      }
    }
    yield* persist(once, signal)
  }

  return {
    members: async () => (await get<Members>('/v1/members')).members,
    services: async (role) => {
      const query = role === undefined ? '' : `?role=${encodeURIComponent(role)}`
      return (await get<Services>(`/v1/services${query}`)).services
    },
    node: () => get('/v1/node'),
    children: async () => (await get<Watchable['children']>('/v1/children')).children,
    events: async ({ since, limit } = {}) => {
      const query = new URLSearchParams()
      if (since !== undefined) query.set('since', `${since}`)
      if (limit !== undefined) query.set('limit', `${limit}`)
      return (await get<{ events: EventRecord[] }>(`/v1/events?${query}`)).events
    },
    raise: (name, payload) => post('/v1/events', { name, ...shown(payload) }),
    ask,
    restartChild: control('restart'),
    stopChild: control('stop'),
    startChild: control('start'),
    watch,
    stream,
    close: () => {
      closed.abort(new ApiError('the client is closed', { status: 0, code: 'closed' }))
      transport.close()
    },
  }
}

/** One answer after another, without a pause in between. */
async function* forever<T>(
  once: () => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  while (!signal.aborted) yield* once()
}

/** Something else may listen where the API is looked for. */
const read = <T>(path: string, text: string): T => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError(`${path}: the answer is not JSON`, { status: 200, code: 'unknown', cause })
  }
}

const shown = (payload: Payload | undefined): object => {
  if (payload === undefined) return {}
  if (!(payload instanceof Uint8Array)) return { payload }
  return { payload_base64: Buffer.from(payload).toString('base64') }
}

type SentRecord =
  | { type: 'answer'; id: string; name: string; payload?: string; payload_base64?: string }
  | Extract<HandlerAskRecord, { type: 'end' }>
  | { type: 'error'; error: { detail: string; status: number; code: string } }

const recordOf = (sent: SentRecord): HandlerAskRecord => {
  if (sent.type === 'end') return sent
  if (sent.type === 'error') throw new ApiError(`/v1/queries: ${sent.error.detail}`, sent.error)
  const { type, id, name, payload, payload_base64 = '' } = sent
  const bytes = payload === undefined ? Buffer.from(payload_base64, 'base64') : Buffer.from(payload)
  return { type, id, name, payload: bytes, text: payload ?? bytes.toString() }
}

const messageOf = ({
  event,
  id,
  data,
}: {
  event: string
  id: string
  data: string
}): StreamMessage | undefined => {
  const read = JSON.parse(data)
  switch (event) {
    case 'catalog':
      return { type: 'catalog', id, stale: read.stale, changes: read.changes }
    case 'event':
      return { type: 'event', id, event: read }
    case 'reset':
      return { type: 'reset', id, topic: read.topic }
    default:
      return undefined
  }
}
