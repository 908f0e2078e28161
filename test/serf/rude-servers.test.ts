import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { describe, test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { pause } from '../../src/lib/wait.ts'
import { connectSerf, type SerfError } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { almostSerf, reply, rudeServer } from './rude-server.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('connecting', () => {
  test('to a port where nobody listens is told with the address', async () => {
    const server = await rudeServer(() => {})
    await server[Symbol.asyncDispose]()
    await assert.rejects(connectSerf({ port: server.port }), (error: SerfError) => {
      assert.equal(error.code, 'connect')
      assert.equal(error.retryable, true)
      assert.match(error.message, new RegExp(`127.0.0.1:${server.port}`))
      return true
    })
  })

  const rude: [string, Parameters<typeof rudeServer>[0], string][] = [
    ['hangs up at once', (socket) => socket.destroy(), 'closed'],
    ['says nothing', () => {}, 'timeout'],
    ['talks HTTP', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'malformed'],
    ['sends zeros', (socket) => socket.write(Buffer.alloc(64)), 'malformed'],
    ['sends a text of 4 GB', (socket) => socket.write(latin1('\xdb\xff\xff\xff\xff')), 'malformed'],
    [
      'sends a map of 4 billion',
      (socket) => socket.write(latin1('\xdf\xff\xff\xff\xff')),
      'malformed',
    ],
    ['sends half an answer', (socket) => socket.end(reply(1).subarray(0, 8)), 'closed'],
    ['answers another Seq', (socket) => socket.write(reply(2)), 'malformed'],
    [
      'answers a Seq that is no number',
      (s) => s.write(encode({ Seq: 'a', Error: '' })),
      'malformed',
    ],
    ['answers without an Error', (socket) => socket.write(encode({ Seq: 1 })), 'malformed'],
    [
      'speaks another version',
      (s) => s.write(reply(1, { error: 'Unsupported IPC version' })),
      'refused',
    ],
    ['answers twice', (socket) => socket.write(Buffer.concat([reply(1), reply(1)])), 'malformed'],
  ]
  for (const [what, serve, code] of rude) {
    test(`to a server that ${what} fails as ${code}, and hangs up`, async () => {
      const timeoutMs = code === 'timeout' ? 200 : 10_000
      await using server = await rudeServer((socket) => serve(socket.resume()))
      await assert.rejects(connectSerf({ port: server.port, timeoutMs }), { code })
      await eventually(() => assert.equal(server.sockets.size, 0))
    })
  }

  test('ends when its signal does, and leaves no listener on it', async () => {
    await using server = await rudeServer(() => {})
    const stopped = new AbortController()
    const connecting = connectSerf({ port: server.port, signal: stopped.signal })
    await eventually(() => assert.equal(server.sockets.size, 1))
    stopped.abort()
    await assert.rejects(connecting, { code: 'closed' })
    assert.equal(getEventListeners(stopped.signal, 'abort').length, 0)
    await assert.rejects(connectSerf({ port: server.port, signal: stopped.signal }), {
      code: 'connect',
    })
  })
})

describe('a command', () => {
  test('that is not answered in time fails alone, and its late answer goes to nobody', async () => {
    const late: (() => void)[] = []
    await using server = await almostSerf(({ command, seq }, socket) => {
      const joined = reply(seq, { body: { Num: 7 } })
      if (command === 'join') late.push(() => socket.write(joined))
      else socket.write(reply(seq, { body: { serf: { name: 'x' } } }))
    })
    using serf = await connectSerf({ port: server.port })
    await assert.rejects(serf.join(['a'], { timeoutMs: 20 }), { code: 'timeout', retryable: true })
    const again = serf.join(['b'])
    await eventually(() => assert.equal(late.length, 2))
    for (const write of late) write()
    assert.equal(await again, 7)
    assert.equal((await serf.stats())['serf']!['name'], 'x')
  })

  test('gets its own answer when many come in another order', async () => {
    const waiting: (() => void)[] = []
    await using server = await almostSerf(({ seq, body }, socket) => {
      const Num = (body as { Existing: string[] }).Existing.length
      waiting.push(() => socket.write(reply(seq, { body: { Num } })))
      if (waiting.length === 20) for (const write of waiting.reverse()) write()
    })
    using serf = await connectSerf({ port: server.port })
    const sizes = Array.from({ length: 20 }, (_, size) => size)
    const found = await Promise.all(sizes.map((size) => serf.join(Array(size).fill('a'))))
    assert.deepEqual(found, sizes)
  })

  test('to a Serf that owes 64 answers closes the connection', async () => {
    await using server = await almostSerf(() => {})
    const serf = await connectSerf({ port: server.port })
    const joins = Array.from({ length: 70 }, () => serf.join(['a'], { timeoutMs: 20 }))
    const all = await Promise.allSettled(joins)
    assert.ok(all.every(({ status }) => status === 'rejected'))
    assert.equal((await serf.closed)?.code, 'timeout')
  })

  test('that Serf refuses says why in one line, and the connection goes on', async () => {
    await using server = await almostSerf(({ seq }, socket) =>
      socket.write(reply(seq, { error: '1 error\n\t* no \u001b[31mway\n\n', body: { Num: 0 } })),
    )
    using serf = await connectSerf({ port: server.port })
    for (let again = 0; again < 2; again += 1) {
      await assert.rejects(serf.join(['a']), {
        code: 'refused',
        message: 'serf join: 1 error * no [31mway',
        facts: { joined: 0 },
        retryable: true,
      })
    }
  })

  test('that Serf wants a key for closes the connection, since its body was not read', async () => {
    await using server = await almostSerf(({ seq }, socket) =>
      socket.write(reply(seq, { error: 'Authentication required' })),
    )
    const serf = await connectSerf({ port: server.port })
    const [first, second] = await Promise.allSettled([serf.members(), serf.stats()])
    for (const result of [first, second]) {
      assert.equal(result.status, 'rejected')
      assert.equal((result.reason as SerfError).code, 'auth')
    }
    assert.equal((await serf.closed)?.code, 'auth')
    await assert.rejects(serf.members(), { code: 'closed' })
    assert.throws(() => serf.stream('*'), { code: 'closed' })
  })

  test('about keys keeps them out of the error, whatever Serf says of them', async () => {
    const body = {
      Messages: { a: 'no' },
      Keys: { c2VjcmV0: 1 },
      NumNodes: 2,
      NumErr: 1,
      NumResp: 1,
    }
    await using server = await almostSerf(({ seq }, socket) =>
      socket.write(reply(seq, { error: '1/2 nodes reported failure', body })),
    )
    using serf = await connectSerf({ port: server.port })
    await assert.rejects(serf.listKeys(), (error: SerfError) => {
      assert.ok(!JSON.stringify([error.message, error.facts]).includes('c2VjcmV0'))
      assert.deepEqual({ ...(error.facts['messages'] as object) }, { a: 'no' })
      return true
    })
  })

  const malformed: [string, unknown][] = [
    ['no map', [1]],
    ['nothing', null],
    ['no Members', {}],
    ['Members that are a number', { Members: 1 }],
    ['a member without fields', { Members: [{}] }],
    ['a timestamp for a body', new Date(0)],
  ]
  for (const [what, body] of malformed) {
    test(`whose answer holds ${what} fails as malformed, and the connection closes`, async () => {
      await using server = await almostSerf(({ seq }, socket) => socket.write(reply(seq, { body })))
      const serf = await connectSerf({ port: server.port })
      await assert.rejects(serf.members(), { code: 'malformed', message: /^serf members: / })
      assert.equal((await serf.closed)?.code, 'malformed')
    })
  }

  test('under way when the connection is lost fails as closed, and so does each later one', async () => {
    await using server = await almostSerf((_, socket) => socket.destroy())
    const serf = await connectSerf({ port: server.port })
    await assert.rejects(serf.members(), { code: 'closed', retryable: true })
    await assert.rejects(serf.members(), { code: 'closed' })
    assert.equal((await serf.closed)?.code, 'closed')
  })

  test('of filters that makes Serf hang up names the likely cause', async () => {
    await using server = await almostSerf((_, socket) => socket.end())
    const serf = await connectSerf({ port: server.port })
    await assert.rejects(serf.membersFiltered({ name: '(' }), {
      code: 'closed',
      message: /not a valid \(Go\) regular expression/,
      retryable: false,
    })
  })

  test('under way when we close fails as closed, and `closed` has no reason', async () => {
    await using server = await almostSerf(() => {})
    const { signal } = new AbortController()
    const serf = await connectSerf({ port: server.port, signal })
    const waiting = assert.rejects(serf.members(), { code: 'closed' })
    serf.close()
    serf.close()
    await waiting
    assert.equal(await serf.closed, undefined)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })
})

test('every answer may come byte by byte', async () => {
  await using server = await almostSerf(async ({ seq }, socket) => {
    const bytes = reply(seq, { error: '', body: { serf: { name: 'x'.repeat(40) } } })
    for (const byte of bytes) {
      if (!socket.write(Buffer.of(byte))) await once(socket, 'drain')
      await pause(0)
    }
  })
  using serf = await connectSerf({ port: server.port })
  assert.equal((await serf.stats())['serf']!['name'], 'x'.repeat(40))
})
