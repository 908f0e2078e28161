import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDocker, type Docker, DockerError } from '../../src/docker/client.ts'
import { deferred } from '../../src/lib/deferred.ts'

export type RudeEngine = {
  docker: Docker
  socketPath: string
  /** Request lines so far: `GET /v1.41/info`. */
  seen: string[]
  /** Listens no more, but the socket stays. */
  close(): Promise<void>
}

/**
 * Greets like an engine of `apiVersion` (undefined: never) and then lets `answer` write what it likes, byte by byte,
 * to the connection of every other request.
 */
export const withRudeEngine = async (
  answer: (socket: Socket, request: string) => void,
  use: (engine: RudeEngine) => Promise<void>,
  {
    apiVersion = () => '1.41',
    timeoutMs = 2000,
  }: { apiVersion?: () => string | undefined; timeoutMs?: number } = {},
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'sntest-'))
  const socketPath = join(folder, 'docker.sock')
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let head = ''
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    const onData = (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', onData)
      socket.resume()
      const request = head.split(' HTTP/')[0] ?? ''
      seen.push(request)
      if (request === 'GET /_ping') {
        const version = apiVersion()
        if (version === undefined) return
        socket.end(`HTTP/1.1 200 OK\r\nApi-Version: ${version}\r\nContent-Length: 2\r\n\r\nOK`)
      } else answer(socket, request)
    }
    socket.on('data', onData)
  })
  const listening = deferred()
  server.listen(socketPath, () => listening.resolve())
  await listening.promise
  const close = async () => {
    const closed = deferred()
    server.close(() => closed.resolve())
    for (const socket of sockets) socket.destroy()
    await closed.promise
  }
  try {
    await use({ docker: connectDocker({ socketPath, timeoutMs }), socketPath, seen, close })
  } finally {
    if (server.listening) await close()
    await rm(folder, { recursive: true })
  }
}

/** A whole answer. */
export const http = (status: number, body: string, headers: string[] = []): string => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return [`HTTP/1.1 ${status} Said`, length, ...headers, '', body].join('\r\n')
}

/** An answer that goes on, chunk by chunk, until `0\r\n\r\n` or the end of the connection. */
export const chunked = (...parts: string[]): string =>
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ...parts.map(chunk)].join('')

export const chunk = (text: string): string =>
  `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** The error that `promise` must reject with. */
export const failed = async (promise: Promise<unknown>): Promise<DockerError> => {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DockerError, `not a DockerError: ${error}`)
  return error
}

export const said = ({ code, retryable }: DockerError) => ({ code, retryable })

export const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}

export async function* pieces(...buffers: Buffer[]) {
  yield* buffers
}

/** Every way to cut `bytes` in two, and into single bytes. */
export const cuts = (bytes: Buffer): Buffer[][] => [
  ...Array.from({ length: bytes.length + 1 }, (_, at) => [
    bytes.subarray(0, at),
    bytes.subarray(at),
  ]),
  Array.from(bytes, (byte) => Buffer.of(byte)),
]

export const malformed = { code: 'malformed', retryable: true }
