import { createServer, type Socket } from 'node:net'
import { Decoder, encode } from '@msgpack/msgpack'

export type RudeServer = {
  port: number
  sockets: Set<Socket>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** A TCP server on a port of its own that does to each client what `serve` does. */
export const rudeServer = async (serve: (socket: Socket) => unknown): Promise<RudeServer> => {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export type Asked = { command: string; seq: number; body?: unknown }

/** Commands that come without a body. */
const bodiless = new Set(['members', 'leave', 'stats', 'list-keys'])

/**
 * A server that shakes hands and accepts every key like Serf and leaves all other commands to
 * `answer`, which may write what it likes.
 */
export const almostSerf = (
  answer: (asked: Asked, socket: Socket) => unknown,
): Promise<RudeServer> =>
  rudeServer(async (socket) => {
    let header: { Command: string; Seq: number } | undefined
    try {
      for await (const value of new Decoder().decodeStream(socket)) {
        const body = header && value
        header ??= value as { Command: string; Seq: number }
        if (body === undefined && !bodiless.has(header.Command)) continue
        const { Command: command, Seq: seq } = header
        header = undefined
        if (command === 'handshake' || command === 'auth') socket.write(reply(seq))
        else answer({ command, seq, body }, socket)
      }
    } catch {
      // The client left, which is its right.
    }
  })

/** An answer as bytes: header, and body if there is one. */
export const reply = (seq: number, { error = '', body }: { error?: string; body?: unknown } = {}) =>
  Buffer.concat([
    encode({ Error: error, Seq: seq }),
    body === undefined ? new Uint8Array(0) : encode(body),
  ])
