import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { decode } from 'dns-packet'
import { askAddresses } from '../../../src/surfaces/dns/ask.ts'
import { runResponder } from '../../../src/surfaces/dns/responder.ts'
import { eventually } from '../../support/eventually.ts'
import { service } from '../fake-catalog.ts'
import { question, zoneOf } from './zone.ts'

const zone = zoneOf(
  Array.from({ length: 300 }, (_, at) =>
    service(at + 1, { service: `10.0.${at >> 8}.${at & 255}` }),
  ),
)

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

const start = async (t: TestContext) => {
  const stop = new AbortController()
  const host = '127.0.0.1'
  const port = await freePort()
  const options = { host, port, zone: () => ({ zone, serial: 1 }), signal: stop.signal }
  const done = runResponder(options)
  t.after(() => {
    stop.abort()
    return done
  })
  const ask = (name: string, type: 'A' | 'AAAA' = 'A') =>
    askAddresses({ host, port, name, type, timeoutMs: 2_000 })
  await eventually(() => ask('web-1.node.serf'))
  return { stop, done, host, port, ask, options }
}

const open = async (t: TestContext, port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const framed = (packet: Buffer): Buffer => {
  const size = Buffer.alloc(2)
  size.writeUInt16BE(packet.length)
  return Buffer.concat([size, packet])
}

const nextAnswer = async (socket: Socket) => {
  let bytes = Buffer.alloc(0)
  while (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) {
    const [data] = (await once(socket, 'data')) as [Buffer]
    bytes = Buffer.concat([bytes, data])
  }
  return decode(bytes.subarray(2))
}

describe('the responder', () => {
  test('answers over UDP', async (t) => {
    const { ask } = await start(t)
    assert.deepEqual(await ask('web-5.node.serf'), ['10.0.0.4'])
    assert.deepEqual(await ask('web-5.node.serf', 'AAAA'), [])
    await assert.rejects(ask('nobody.serf'), /NXDOMAIN/)
  })

  test('answers over TCP what is too long for a datagram, cut in pieces or many at once', async (t) => {
    const { port } = await start(t)
    const socket = await open(t, port)
    const packet = framed(question('web.serf', 'A'))
    socket.write(packet.subarray(0, 1))
    socket.write(packet.subarray(1, 9))
    socket.write(packet.subarray(9))
    assert.equal((await nextAnswer(socket)).answers?.length, 300)
    socket.write(Buffer.concat([packet, packet]))
    assert.equal((await nextAnswer(socket)).answers?.length, 300)
  })

  test('ends a connection that asks nothing, or too much', async (t) => {
    const { port } = await start(t)
    for (const bytes of [
      framed(Buffer.alloc(11)),
      Buffer.from([0xff, 0xff]),
      Buffer.from([0, 0]),
    ]) {
      const socket = await open(t, port)
      socket.write(bytes)
      await once(socket, 'close')
    }
  })

  test('has twenty connections at most, and answers over UDP meanwhile', async (t) => {
    const { port, ask } = await start(t)
    const sockets: Socket[] = []
    for (let count = 0; count < 25; count++) sockets.push(await open(t, port))
    await eventually(() => assert.equal(sockets.filter((each) => each.closed).length, 5))
    assert.deepEqual(await ask('web-1.node.serf'), ['10.0.0.0'])
  })

  test('passes over datagrams that are no question', async (t) => {
    const { port, ask } = await start(t)
    const socket = createSocket('udp4')
    t.after(() => socket.close())
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(40, 0xff)]) {
      socket.send(bytes, port, '127.0.0.1')
    }
    socket.send(Buffer.alloc(5_000), port, '127.0.0.1')
    assert.deepEqual(await ask('web-1.node.serf'), ['10.0.0.0'])
  })

  test('throws when somebody else listens there, and closes all when it is told to stop', async (t) => {
    const { stop, done, options, port } = await start(t)
    await assert.rejects(runResponder(options), { code: 'EADDRINUSE' })
    const socket = await open(t, port)
    stop.abort()
    await done
    await once(socket, 'close')
  })
})
