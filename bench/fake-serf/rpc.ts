import { createServer, type Server, type Socket } from 'node:net'
import { Decoder, encode } from '@msgpack/msgpack'

/** One connection to the RPC. */
export type Client = {
  authorized: boolean
  /** The Seq of its stream of events and of its log, once it asked for them. */
  streams: number[]
  monitors: number[]
  answer: (seq: number, body?: Uint8Array, error?: string) => void
}

export type Asked = { command: string; seq: number; body: Record<string, unknown> }

/** Commands that come without a body. */
const BODILESS = new Set(['members', 'leave', 'stats', 'list-keys'])

/** Serf's RPC as far as its frames go; what is asked is answered by `handle`. */
export const serveRpc = (
  { host, port }: { host: string; port: number },
  handle: (asked: Asked, client: Client) => void,
): { server: Server; clients: Set<Client> } => {
  const clients = new Set<Client>()
  const server = createServer({ noDelay: true }, (socket) => {
    const client: Client = {
      authorized: false,
      streams: [],
      monitors: [],
      answer: (seq, body, error = '') => {
        const header = encode({ Seq: seq, Error: error })
        socket.write(body ? Buffer.concat([header, body]) : header)
      },
    }
    clients.add(client)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => clients.delete(client))
    readRequests(socket, (asked) => handle(asked, client)).catch(() => socket.destroy())
  })
  server.listen(port, host)
  return { server, clients }
}

const readRequests = async (socket: Socket, take: (asked: Asked) => void): Promise<void> => {
  let header: { Command: string; Seq: number } | undefined
  for await (const value of new Decoder().decodeStream(socket)) {
    const isBody = header !== undefined
    header ??= value as { Command: string; Seq: number }
    if (!isBody && !BODILESS.has(header.Command)) continue
    const { Command: command, Seq: seq } = header
    header = undefined
    take({ command, seq, body: (isBody ? value : {}) as Record<string, unknown> })
  }
}
