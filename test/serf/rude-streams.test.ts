import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, test } from 'node:test'
import { pause } from '../../src/lib/wait.ts'
import { connectSerf } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { almostSerf, reply } from './rude-server.ts'

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
    using serf = await connectSerf({ port: server.port })
    for await (const found of serf.query({ name: 'q' })) {
      assert.deepEqual(found, { type: 'response', from: 'a', payload: Uint8Array.of(1) })
      break
    }
    await serf.stats()
    await pause(40)
    await serf.stats()
  })
})

const drain = async (records: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const _ of records) count += 1
  return count
}
