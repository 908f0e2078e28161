import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import { describe, test } from 'node:test'
import { encode } from '@msgpack/msgpack'
import { pause } from '../../src/lib/wait.ts'
import { connectSerf, type SerfConnection, type SerfError } from '../../src/serf/client.ts'
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

const member = { type: 'user', name: 'n', ltime: 1, payload: new Uint8Array(0), coalesce: false }
const record = { Event: 'user', LTime: 1, Name: 'n', Payload: null, Coalesce: false }

/** A client whose stream is fed by `feed` once it is accepted. */
const streaming = async (
  feed: (write: (...bodies: unknown[]) => void, end: () => void) => unknown,
) => {
  const server = await almostSerf(({ command, seq }, socket) => {
    socket.write(reply(seq, { body: command === 'stats' ? {} : undefined }))
    if (command === 'stream') {
      feed(
        (...bodies) => socket.write(Buffer.concat(bodies.map((body) => reply(seq, { body })))),
        () => socket.end(),
      )
    }
  })
  const serf = await connectSerf({ port: server.port, timeoutMs: 10_000 })
  return {
    serf,
    [Symbol.asyncDispose]: async () => {
      serf.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe('a stream', () => {
  test('that nobody reads does not hold up commands, and counts what it drops', async () => {
    await using fed = await streaming((write) => write(...Array(5_000).fill(record)))
    const events = fed.serf.stream('*')
    await fed.serf.stats()
    assert.equal(events.dropped, 5_000 - 4_096)
    let seen = 0
    for await (const event of events) {
      assert.deepEqual(event, member)
      seen += 1
      if (seen === 4_096) break
    }
  })

  test('delivers what came before the connection was lost, then throws', async () => {
    await using fed = await streaming((write, end) => {
      write(record)
      write(record)
      end()
    })
    let seen = 0
    const read = async () => {
      for await (const _ of fed.serf.stream('*')) seen += 1
    }
    await assert.rejects(read(), { code: 'closed', message: /^serf stream: / })
    assert.equal(seen, 2)
  })

  test('ends without an error when we close the connection', async () => {
    await using fed = await streaming(() => {})
    const { signal } = new AbortController()
    const events = fed.serf.stream('*', signal)
    await events.ready
    const read = drain(events)
    fed.serf.close()
    assert.equal(await read, 0)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  test('ends when aborted while it waits, and later records go to nobody', async () => {
    let write = (_: unknown) => {}
    await using source = await streaming((send) => {
      write = send
    })
    const left = new AbortController()
    const events = source.serf.stream('*', left.signal)
    await events.ready
    const read = drain(events)
    left.abort()
    assert.equal(await read, 0)
    assert.equal(getEventListeners(left.signal, 'abort').length, 0)
    for (let count = 0; count < 10; count += 1) write(record)
    assert.deepEqual(Object.keys(await source.serf.stats()), [])
  })

  test('with a record of no known shape fails as malformed and closes the connection', async () => {
    for (const body of [{ Event: 'party' }, { ...record, Payload: 1 }, { ...record, LTime: 'a' }]) {
      await using fed = await streaming((write) => write(body))
      await assert.rejects(drain(fed.serf.stream('*')), { code: 'malformed' })
      assert.equal((await fed.serf.closed)?.code, 'malformed')
    }
  })

  test('that Serf refuses throws so, from `ready` and from the loop', async () => {
    await using server = await almostSerf(({ seq }, socket) =>
      socket.write(reply(seq, { error: 'Invalid event filter' })),
    )
    using serf = await connectSerf({ port: server.port })
    const events = serf.stream('nonsense')
    const refused = { code: 'refused', message: 'serf stream: Invalid event filter' }
    await assert.rejects(events.ready, refused)
    await assert.rejects(drain(events), refused)
  })

  test('that Serf does not accept in time throws, and is stopped if it is accepted later', async () => {
    const seen: string[] = []
    let accept = () => {}
    await using server = await almostSerf(({ command, seq }, socket) => {
      seen.push(command)
      if (command === 'stop') socket.write(reply(seq))
      else accept = () => socket.write(reply(seq))
    })
    using serf = await connectSerf({ port: server.port, timeoutMs: 500 })
    await assert.rejects(drain(serf.stream('*')), { code: 'timeout' })
    accept()
    await eventually(() => assert.deepEqual(seen, ['stream', 'stop']))
  })
})

describe('a query', () => {
  test('whose end never comes fails after its own time and the ordinary one', async () => {
    await using server = await almostSerf(({ seq }, socket) => socket.write(reply(seq)))
    using serf = await connectSerf({ port: server.port, timeoutMs: 500 })
    const start = performance.now()
    await assert.rejects(drain(serf.query({ name: 'q', timeoutMs: 100 })), { code: 'timeout' })
    assert.ok(performance.now() - start >= 599)
  })

  test('leaves out the records from nobody that Serf may send at the deadline', async () => {
    const nobody = { Type: 'response', From: '', Payload: null }
    await using server = await almostSerf(({ seq }, socket) => {
      const noise = Buffer.concat(Array(5_000).fill(reply(seq, { body: nobody })))
      const done = reply(seq, { body: { ...nobody, Type: 'done' } })
      socket.write(Buffer.concat([reply(seq), noise, done]))
    })
    using serf = await connectSerf({ port: server.port })
    const records = serf.query({ name: 'q' })
    assert.equal(await drain(records), 1)
    assert.equal(records.dropped, 0)
  })

  test('that is left does not hold up the connection, nor does its end', async () => {
    const answer = { Type: 'response', From: 'a', Payload: Uint8Array.of(1) }
    await using server = await almostSerf(async ({ command, seq }, socket) => {
      if (command === 'stats') return socket.write(reply(seq, { body: {} }))
      socket.write(Buffer.concat([reply(seq), reply(seq, { body: answer })]))
      await pause(20)
      socket.write(reply(seq, { body: { Type: 'done', From: '', Payload: null } }))
    })
    using serf: SerfConnection = await connectSerf({ port: server.port })
    for await (const found of serf.query({ name: 'q' })) {
      assert.deepEqual(found, { type: 'response', from: 'a', payload: Uint8Array.of(1) })
      break
    }
    await serf.stats()
    await pause(40)
    await serf.stats()
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

const drain = async (records: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const _ of records) count += 1
  return count
}
