import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { untilAborted } from '../../lib/wait.ts'
import { type Asked, answerPacket } from './answer.ts'

export type ResponderOptions = {
  host: string
  port: number
  /** The zone as it is at this moment. */
  zone: () => Pick<Asked, 'zone' | 'serial'>
  signal: AbortSignal
}

/** A question of ours is far shorter; more is no question. */
const QUESTION_MAX = 1_024
const CONNECTIONS_MAX = 20
const IDLE_MS = 5_000
const CONNECTION_MS = 60_000
/** Answers that nobody fetches. */
const WAITING_MAX = 256 * 1024

/**
 * Answers for the zone over UDP and TCP until `signal` aborts. Throws when it cannot listen.
 */
export const runResponder = async (options: ResponderOptions): Promise<void> => {
  const { host, port, zone, signal } = options
  const answer = (packet: Buffer, transport: Asked['transport']): Buffer | undefined =>
    packet.length > QUESTION_MAX
      ? undefined
      : answerPacket(packet, { ...zone(), transport, random: Math.random })

  const udp = createSocket('udp4')
  const tcp = createServer((socket) => serve(socket, (packet) => answer(packet, 'tcp')))
  tcp.maxConnections = CONNECTIONS_MAX
  const open = new Set<Socket>()
  tcp.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  try {
    udp.on('message', (packet, from) => {
      const found = answer(packet, 'udp')
      // An answer that cannot be sent is as good as lost: whoever asked asks again.
      if (found) udp.send(found, from.port, from.address, () => {})
    })
    const failed = Promise.race([fails(udp), fails(tcp)])
    udp.bind(port, host)
    await Promise.race([once(udp, 'listening'), failed])
    tcp.listen(port, host)
    await Promise.race([once(tcp, 'listening'), failed])
    await Promise.race([untilAborted(signal), failed])
  } finally {
    udp.close()
    tcp.close()
    for (const socket of open) socket.destroy()
  }
}

const fails = async (emitter: NodeJS.EventEmitter): Promise<never> => {
  const [error] = await once(emitter, 'error')
  throw error
}

/** Questions over TCP: each with its length in front, one after the other. */
const serve = (socket: Socket, answer: (packet: Buffer) => Buffer | undefined): void => {
  let rest = Buffer.alloc(0)
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  const end = setTimeout(() => socket.destroy(), CONNECTION_MS)
  socket.once('close', () => clearTimeout(end))
  // A client that is gone, or resets the connection, is no news.
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 2) {
      const length = rest.readUInt16BE(0)
      if (length > QUESTION_MAX || socket.writableLength > WAITING_MAX) return void socket.destroy()
      if (rest.length < 2 + length) return
      const found = answer(rest.subarray(2, 2 + length))
      rest = rest.subarray(2 + length)
      if (!found) return void socket.destroy()
      const size = Buffer.alloc(2)
      size.writeUInt16BE(found.length)
      socket.write(Buffer.concat([size, found]))
    }
  })
}
