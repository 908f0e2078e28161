import { connect, type Socket } from 'node:net'
import { deferred } from '../lib/deferred.ts'
import { decodeValues, encodeRequest } from './codec.ts'
import { SerfError } from './errors.ts'
import { asFields, countField, textField } from './fields.ts'
import type { Line } from './line.ts'
import { Waiters } from './waiters.ts'

export type ConnectionOptions = {
  host: string
  port: number
  timeoutMs: number
  signal?: AbortSignal
}

/** A TCP connection on which requests and answers find each other; nothing has been said yet. */
export type Connection = {
  line: Line
  /** Resolves when the connection is over: with the reason, or nothing when we closed it. */
  closed: Promise<SerfError | undefined>
  close: () => void
}

/** Connects; `signal` ends the attempt and, later, the connection. Throws SerfError `connect`. */
export const openConnection = async (options: ConnectionOptions): Promise<Connection> => {
  const socket = await openSocket(options)
  const waiters = new Waiters()
  const closed = deferred<SerfError | undefined>()
  let reason: SerfError | undefined

  const end = (error: SerfError, ours: boolean) => {
    if (reason) return
    reason = error
    options.signal?.removeEventListener('abort', close)
    socket.destroy()
    waiters.close(error, ours)
    closed.resolve(ours ? undefined : error)
  }
  const close = () => end(new SerfError('closed', 'the connection was closed'), true)
  options.signal?.addEventListener('abort', close, { once: true })
  if (options.signal?.aborted) close()

  const line: Line = {
    waiters,
    timeoutMs: options.timeoutMs,
    assertOpen: () => {
      if (reason) throw new SerfError('closed', 'serf connection is closed', { cause: reason })
    },
    send: (command, seq, body) => socket.write(encodeRequest(command, seq, body)),
    close: (error) => end(error, false),
  }
  readAnswers(socket, waiters)
    .then(() => new SerfError('closed', 'serf closed the connection'))
    .catch((error: unknown) =>
      error instanceof SerfError
        ? error
        : new SerfError('closed', 'the connection broke', { cause: error }),
    )
    .then((error) => end(error, false))
  return { line, closed: closed.promise, close }
}

/** Hands every answer to its waiter and never waits for one; returns at the end of the stream. */
const readAnswers = async (socket: Socket, waiters: Waiters): Promise<void> => {
  let open: { seq: number; errorText: string } | undefined
  for await (const value of decodeValues(socket)) {
    const header = open ?? readHeader(value)
    const waiter = waiters.get(header.seq)
    if (!waiter) {
      throw new SerfError('malformed', `serf answered Seq ${header.seq}, which was never asked`)
    }
    if (!open && waiter.wantsBody(header.errorText)) {
      open = header
      continue
    }
    waiter.take(header.errorText, open ? value : undefined)
    open = undefined
  }
}

// {Seq: uint64, Error: str}
const readHeader = (value: unknown) => {
  const fields = asFields(value, 'header')
  return { seq: countField(fields, 'Seq'), errorText: textField(fields, 'Error') }
}

const openSocket = ({ host, port, timeoutMs, signal }: ConnectionOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (cause: unknown) => {
      settle()
      socket.destroy()
      const deed = `connect to serf at ${host}:${port}`
      reject(new SerfError('connect', deed, { cause, facts: { host, port } }))
    }
    const onAbort = () => fail(signal?.reason)
    const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })
    // Stays for good: an error that comes after the read loop has ended must not end the process.
    socket.on('error', fail)
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
    if (signal?.aborted) onAbort()
  })
