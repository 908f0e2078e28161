import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { pause } from '../../../src/lib/wait.ts'
import { eventually } from '../../support/eventually.ts'
import { ask, open } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

/** A bare connection, and what came on it until it was closed. */
const rude = (path: string): { socket: Socket; text: () => string; closed: Promise<void> } => {
  const socket = connect({ path })
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (piece: string) => {
    text += piece
  })
  socket.on('error', () => {
    // Being cut is what is waited for.
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return { socket, text: () => text, closed }
}

describe('rude callers', () => {
  const node = smallNode()
  let served: Awaited<ReturnType<typeof serving>>
  before(async () => {
    const limits = { connections: 40, headersMs: 300, requestMs: 600, stalledMs: 300 }
    served = await serving(node, [], { limits })
  })
  after(() => served[Symbol.asyncDispose]())

  const fine = async (): Promise<void> => {
    assert.equal((await ask(served, '/healthz')).status, 200)
  }

  test('headers that drip are cut with 408, and others are served meanwhile', async () => {
    const slow = Array.from({ length: 20 }, () => rude(served.socketPath))
    for (const { socket } of slow) socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n')
    const dripping = setInterval(() => {
      for (const { socket } of slow) if (!socket.destroyed) socket.write('X-A: b\r\n')
    }, 50)
    await fine()
    await Promise.all(slow.map(({ closed }) => closed))
    clearInterval(dripping)
    for (const { text } of slow) assert.match(text(), /^HTTP\/1\.1 408 .*"code":"time"/s)
    await fine()
  })

  test('a connection that says nothing is cut', async () => {
    await rude(served.socketPath).closed
  })

  test('a body that drips is cut with 408', async () => {
    const { socket, text, closed } = rude(served.socketPath)
    socket.write(
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n',
    )
    const dripping = setInterval(() => socket.destroyed || socket.write(' '), 50)
    await closed
    clearInterval(dripping)
    assert.match(text(), /^HTTP\/1\.1 408 /)
    await fine()
  })

  for (const [what, bytes, expected] of [
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 .*"code":"request"/s],
    ['TLS', Buffer.from('160301020001000100', 'hex'), /^HTTP\/1\.1 400 /],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'oversized headers',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(9_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 .*"code":"header-size"/s,
    ],
    [
      'two lengths',
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a body larger than it may be, in chunks',
      `POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n13880\r\n${' '.repeat(80_000)}\r\n`,
      /^HTTP\/1\.1 413 .*"code":"body-size"/s,
    ],
  ] as const) {
    test(`${what} is answered once and cut`, async () => {
      const { socket, text, closed } = rude(served.socketPath)
      socket.write(bytes)
      await closed
      assert.match(text(), expected)
      assert.equal(text().split('HTTP/1.1').length, 2)
      await fine()
    })
  }

  test('a CONNECT is cut without an answer', async () => {
    const { socket, text, closed } = rude(served.socketPath)
    socket.write('CONNECT example.org:80 HTTP/1.1\r\nHost: x\r\n\r\n')
    await closed
    assert.equal(text(), '')
  })

  test('more connections than there may be are closed, and room comes back', async () => {
    const many = Array.from({ length: 60 }, () => rude(served.socketPath))
    await eventually(() => {
      const closed = many.filter(({ socket }) => socket.destroyed).length
      assert.ok(closed >= 20, `${closed} are closed`)
    })
    for (const { socket } of many) socket.destroy()
    await eventually(fine)
  })

  test('a stream whose reader takes nothing is cut; the readers beside it miss nothing', async () => {
    const stalled = await open(served, '/v1/stream')
    stalled.pause()
    const beside = await open(served, '/v1/stream')
    const mark = 'event: event'
    let seen = 0
    let rest = ''
    beside.setEncoding('utf8')
    beside.on('data', (text: string) => {
      const parts = (rest + text).split(mark)
      seen += parts.length - 1
      // A mark may be cut in two.
      rest = parts.at(-1)?.slice(1 - mark.length) ?? ''
    })
    const payload = 'x'.repeat(400)
    const count = 4_000
    for (let sent = 0; sent < count; sent++) {
      node.heard({ payload })
      if (sent % 50 === 0) await pause(1)
    }
    await eventually(() => assert.equal(seen, count))
    // Its end shows once what the kernel held for it is read.
    const ended = new Promise((resolve) => stalled.once('close', resolve))
    await pause(400)
    stalled.on('error', () => {})
    stalled.resume()
    await ended
    assert.equal(stalled.complete, false)
    beside.destroy()
  })

  test('a long answer that nobody reads is cut; one who reads slowly gets all of it', async () => {
    for (let count = 0; count < 1_000; count++) node.heard({ payload: 'x'.repeat(1_000) })
    const [stalled, slow] = [await open(served, '/v1/events'), await open(served, '/v1/events')]
    const read = (async () => {
      let size = 0
      // All of it takes longer than a reader may take nothing.
      for await (const piece of slow) {
        size += piece.length
        await pause(60)
      }
      return size
    })()
    await pause(700)
    stalled.on('error', () => {})
    const ended = new Promise((resolve) => stalled.once('close', resolve))
    stalled.resume()
    await ended
    assert.equal(stalled.complete, false)
    assert.equal(await read, Number(slow.headers['content-length']))
    await fine()
  })

  test('requests that do not wait for the answer before them are cut, and hold nothing', async () => {
    const watched = JSON.parse((await ask(served, '/v1/members')).text)
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    const logs = request('/v1/children/web/logs?follow').repeat(32)
    const watch = request(`/v1/members?watch=${watched.index}&wait=5m`)
    for (const bytes of [watch.repeat(1_000), request('/v1/stream') + logs, watch + logs]) {
      const { socket, closed } = rude(served.socketPath)
      socket.write(bytes)
      await closed
    }
    assert.equal((await ask(served, '/v1/children/web/logs')).status, 200)
  })

  test('a body whose caller hangs up is no failure of the node', async () => {
    const { socket, closed } = rude(served.socketPath)
    socket.write(
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{',
    )
    await pause(50)
    socket.destroy()
    await closed
    const counted = 'serfnode_http_requests_total{route="/v1/events",status="408"}'
    await eventually(async () =>
      assert.equal((await ask(served, '/metrics')).text.includes(counted), true),
    )
    assert.deepEqual(
      served.log.lines.filter(({ level }) => level === 'error'),
      [],
    )
  })
})
