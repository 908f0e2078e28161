import type { Duplex } from 'node:stream'
import { deferred } from '../lib/deferred.ts'
import type { Deadline } from './deadline.ts'
import { DockerError, isDockerError } from './errors.ts'
import { type Answer, bytesOf, send } from './request.ts'
import { garbled, refusal } from './wire-errors.ts'

const NEWEST = '1.47'
const BODY_CAP = 32 << 20
const REFUSAL_CAP = 64 << 10

export type Call = {
  /** For messages: `inspect container web`. */
  deed: string
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  path: string
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is; bytes. */
  body?: Buffer | AsyncIterable<unknown>
  /** Up to the whole answer in `json`, up to its headers in `open`. Default: the client's. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/** An answer that goes on: its bytes, and the deadline of the silence between them (stopped). */
export type Opened = {
  headers: Record<string, string | string[] | undefined>
  bytes: AsyncGenerator<Buffer, void, undefined>
  /** Where to write, after an upgrade. */
  socket?: Duplex
  deadline: Deadline
  /** For who does not read to the end. */
  close(): void
}

export type Connection = {
  /** For calls that read. */
  timeoutMs: number
  /** For calls that create, start or remove. */
  slowMs: number
  /** Asked for at the first call and remembered. */
  apiVersion(): Promise<string>
  /** Asks each time. */
  ping(): Promise<string>
  /** The parsed answer; undefined when there is none (204, 304). */
  json(call: Call): Promise<unknown>
  open(call: Call): Promise<Opened>
  /** As open, on a connection that carries bytes both ways. */
  upgrade(call: Call): Promise<Opened>
}

/** The road to one engine: the version agreed on, a deadline on each call, answers checked. */
export const connection = (socketPath: string, timeoutMs: number): Connection => {
  let agreed: Promise<string> | undefined

  const bytes = (answer: Answer, call: Call) =>
    bytesOf(answer, { deed: call.deed, socketPath, signal: call.signal })

  const ask = async (call: Call, prefix: string, upgrade = false): Promise<Answer> => {
    const json = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json))
    const answer = await send(socketPath, {
      deed: call.deed,
      method: call.method ?? 'GET',
      path: `${prefix}${call.path}${queryOf(call.query)}`,
      headers: { ...(json && { 'Content-Type': 'application/json' }), ...call.headers },
      body: json ?? call.body,
      upgrade,
      timeoutMs: call.timeoutMs ?? timeoutMs,
      signal: call.signal,
    })
    const status = answer.response.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304 || answer.socket) return answer
    const { text } = await gather(bytes(answer, call), call.deed, REFUSAL_CAP)
    throw refusal(call.deed, status, text)
  }

  const negotiate = async (): Promise<string> => {
    const call: Call = { deed: 'ping the Docker engine', path: '/_ping' }
    const answer = await ask(call, '')
    await gather(bytes(answer, call), call.deed, REFUSAL_CAP)
    const theirs = answer.response.headers['api-version']
    if (typeof theirs === 'string' && /^\d+\.\d+$/.test(theirs)) return older(theirs, NEWEST)
    throw new DockerError('malformed', `${call.deed}: what answers at ${socketPath} is no engine`)
  }

  const ping = (): Promise<string> => {
    const asking = negotiate()
    agreed = asking
    return asking.catch((error) => {
      if (agreed === asking) agreed = undefined
      throw error
    })
  }

  const apiVersion = (): Promise<string> => agreed ?? ping()

  /** After a lost connection another engine, of another version, may answer there. */
  const asked = async (call: Call, upgrade = false): Promise<Answer> => {
    const version = await unlessAborted(apiVersion(), call.signal)
    try {
      return await ask(call, `/v${version}`, upgrade)
    } catch (error) {
      if (isDockerError(error, 'unreachable') || isDockerError(error, 'closed')) agreed = undefined
      throw error
    }
  }

  const open = async (call: Call, upgrade = false): Promise<Opened> => {
    const answer = await asked(call, upgrade)
    const { response, socket, deadline } = answer
    deadline.within(undefined)
    return {
      headers: response.headers,
      bytes: bytes(answer, call),
      deadline,
      close: () => (socket ?? response).destroy(),
      ...(socket && { socket }),
    }
  }

  return {
    timeoutMs,
    slowMs: 6 * timeoutMs,
    apiVersion,
    ping,
    open: (call) => open(call),
    upgrade: (call) => open(call, true),
    async json(call) {
      const answer = await asked(call)
      const { text } = await gather(bytes(answer, call), call.deed, BODY_CAP)
      if (text === '') return undefined
      try {
        return JSON.parse(text)
      } catch (error) {
        throw garbled(call.deed, 'the answer is cut off or not JSON', text, error)
      }
    },
  }
}

/** The bytes of `opened`, when silences longer than `quietMs` are a `timeout`. */
export async function* impatient(
  { bytes, deadline }: Opened,
  quietMs: number,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (;;) {
      // The clock runs while we wait for the engine, not while the reader takes its time.
      deadline.within(quietMs)
      const next = await bytes.next()
      deadline.within(undefined)
      if (next.done) return
      yield next.value
    }
  } finally {
    await bytes.return()
  }
}

/** All of `bytes`, up to `cap`. */
export const gather = async (
  bytes: AsyncIterable<Buffer>,
  deed: string,
  cap: number,
): Promise<{ text: string; data: Buffer }> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > cap) throw new DockerError('malformed', `${deed}: more than ${cap} bytes came`)
    chunks.push(chunk)
  }
  const data = Buffer.concat(chunks)
  return { data, text: data.toString('utf8') }
}

const queryOf = (query: Call['query'] = {}): string => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  )
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** The version is asked for once and shared, so one caller's abort must not end it for the others. */
const unlessAborted = async <T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> => {
  if (!signal) return promise
  const aborted = deferred<never>()
  const onAbort = () => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([aborted.promise, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

const older = (one: string, other: string): string => {
  const minor = (version: string) => version.split('.').map(Number) as [number, number]
  const [a, b] = [minor(one), minor(other)]
  return a[0] < b[0] || (a[0] === b[0] && a[1] <= b[1]) ? one : other
}
