import { lstatSync, unlinkSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { createConnectionLimit } from './connection-limit.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { PROBLEM_TYPE } from './route.ts'

/** Where to listen: a unix socket of root's, or an address. */
export type Place = { path: string } | { host: string; port: number }

/** What callers may take; times in milliseconds. */
export type Limits = {
  connections: number
  /** Of one address. */
  perSource: number
  /** For the headers, and for all of a request. */
  headersMs: number
  requestMs: number
  /** A reader that takes nothing for so long is cut. */
  stalledMs: number
}

export type ListenerOptions = {
  place: Place
  limits: Limits
  onRequest: RequestListener
  signal: AbortSignal
  /** It listens now. */
  onListening(): void
}

const HEADER_BYTES = 8 * 1024

/** Listens until `signal` aborts; rejects when it cannot. */
export const listen = async (options: ListenerOptions): Promise<void> => {
  const { place, limits, signal } = options
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: 20_000,
      connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
      noDelay: true,
    },
    oneAtATime(options.onRequest),
  )
  server.maxHeadersCount = 64
  server.on('connection', createConnectionLimit(limits))
  server.on('clientError', refuse)
  // A connection to somewhere else is not ours to make.
  server.on('connect', (_request, socket) => socket.destroy())
  try {
    await open(server, place)
    options.onListening()
    await ended(server, signal)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const open = (server: Server, place: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', resolve)
    if (!('path' in place)) {
      server.listen(place)
      return
    }
    removeSocket(place.path)
    // Bound at once, in this very call: nobody else can connect before it is closed to others.
    const before = process.umask(0o177)
    try {
      server.listen(place)
    } finally {
      process.umask(before)
    }
  })

/** A former agent's socket. */
const removeSocket = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false })) unlinkSync(path)
}

const ended = (server: Server, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const UNREADABLE: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Headers too large', `headers may have ${HEADER_BYTES} bytes at most`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Too slow', 'the request did not come in time'],
}

/** What could not be read as a request is answered once and cut. */
const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
  // An answer may be under way already.
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const wrong = [400, 'Bad request', 'this is no HTTP request'] as const
  const [status, title, detail] = UNREADABLE[error.code ?? ''] ?? wrong
  const code = status === 431 ? 'header-size' : status === 408 ? 'time' : 'request'
  const type = `urn:serfnode:problem:${code}`
  const body = JSON.stringify({ type, title, status, detail, code })
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`
  socket.end(head + body, () => socket.destroy())
}
