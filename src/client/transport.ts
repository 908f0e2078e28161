import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { ApiError } from './api-error.ts'
import type { ConnectOptions } from './api-types.ts'

export type Call = {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** How long the answer may take to begin, and silence in it to last. */
  timeoutMs: number
  signal: AbortSignal
}

export type Transport = {
  /** The answer's text; rejects with ApiError unless it is a 2xx. */
  text(path: string, call: Call): Promise<string>
  /** The answer as it comes. */
  pieces(path: string, call: Call): AsyncGenerator<string, void, undefined>
  close(): void
}

const DEFAULT_URL = 'http://127.0.0.1:7380'
const MOST_CHARS = 64 * 1024 * 1024

/** Calls over HTTP, by a unix socket or an address; connections are kept and used again. */
export const createTransport = (options: ConnectOptions): Transport => {
  const url = new URL(
    options.socketPath === undefined ? (options.baseUrl ?? DEFAULT_URL) : 'http://localhost',
  )
  const isTls = url.protocol === 'https:'
  if (!isTls && url.protocol !== 'http:')
    throw new TypeError(`connect: ${url.protocol} is not HTTP`)
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  const ask = isTls ? tlsRequest : request
  const place: RequestOptions =
    options.socketPath === undefined
      ? { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }
      : { socketPath: options.socketPath }
  const bearer = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
  const prefix = url.pathname.replace(/\/$/, '')

  const open = (path: string, call: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, body, timeoutMs, signal } = call
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
      let answer: IncomingMessage | undefined
      const asked = ask(
        {
          ...place,
          agent,
          method,
          path: prefix + path,
          timeout: timeoutMs,
          signal,
          headers: { accept: 'application/json', ...type, ...length, ...bearer, ...headers },
        },
        (begun) => {
          answer = begun
          resolve(begun)
        },
      )
      // An answer that has begun would only tell that its connection is gone.
      asked.on('timeout', () => (answer ?? asked).destroy(timedOut(path, timeoutMs)))
      asked.on('error', (error) => reject(failureOf(path, error, signal)))
      asked.end(body)
    })

  async function* pieces(path: string, call: Call): AsyncGenerator<string, void, undefined> {
    const answer = await open(path, call)
    answer.setEncoding('utf8')
    const { statusCode: status = 0 } = answer
    try {
      if (status >= 200 && status < 300) yield* answer as AsyncIterable<string>
      else throw problemOf(path, status, await gather(answer))
    } catch (error) {
      throw failureOf(path, error, call.signal)
    } finally {
      if (!answer.complete) answer.destroy()
    }
  }

  return {
    pieces,
    text: (path, call) => gather(pieces(path, call)),
    close: () => agent.destroy(),
  }
}

const gather = async (pieces: AsyncIterable<string>): Promise<string> => {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length > MOST_CHARS) throw new Error('the answer is too large')
  }
  return text
}

const timedOut = (path: string, ms: number): ApiError =>
  new ApiError(`${path}: no answer within ${ms} ms`, { status: 0, code: 'timeout' })

/** An abort keeps its reason; everything else is an ApiError. */
const failureOf = (path: string, error: unknown, signal: AbortSignal): unknown => {
  if (signal.aborted) return signal.reason
  if (error instanceof ApiError) return error
  const message = `${path}: ${error instanceof Error ? error.message || error.name : error}`
  return new ApiError(message, { status: 0, code: 'unreachable', cause: error })
}

const problemOf = (path: string, status: number, text: string): ApiError => {
  try {
    const { detail, code } = JSON.parse(text)
    return new ApiError(`${path}: ${detail}`, { status, code: String(code) })
  } catch {
    return new ApiError(`${path}: status ${status}`, { status, code: 'unknown' })
  }
}
