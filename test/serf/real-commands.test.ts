import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import {
  connectSerf,
  type SerfConnection,
  type SerfEvent,
  type SerfUserEvent,
} from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningSerf, startSerf } from '../support/serf.ts'

// Over 31 characters, where msgpack changes its form of a text.
const authKey = 'a key of more than thirty-one characters, ü'
const all256 = Uint8Array.from({ length: 256 }, (_, at) => at)

describe('one real serf', () => {
  let agent: RunningSerf
  let serf: SerfConnection
  before(async () => {
    agent = await startSerf({ authKey, tags: { role: 'web', long: 'x'.repeat(60) } })
    serf = await connectSerf({ port: agent.rpcPort, authKey })
  })
  after(async () => {
    serf?.close()
    await agent?.[Symbol.asyncDispose]()
  })
  const another = () => connectSerf({ port: agent.rpcPort, authKey })

  test('refuses a wrong key, and a missing one, while connecting', async () => {
    const { rpcPort: port } = agent
    await assert.rejects(connectSerf({ port, authKey: 'wrong' }), {
      code: 'auth',
      retryable: false,
      message: `connect to serf at 127.0.0.1:${port}`,
    })
    await assert.rejects(connectSerf({ port }), { code: 'auth', message: /none was given/ })
  })

  test('lists itself as a member', async () => {
    const [self, ...others] = await serf.members()
    assert.deepEqual(others, [])
    assert.deepEqual(
      { ...self, tags: { ...self?.tags } },
      {
        name: agent.name,
        addr: '127.0.0.1',
        port: Number(agent.address.split(':')[1]),
        tags: { role: 'web', long: 'x'.repeat(60) },
        status: 'alive',
        protocolMin: 1,
        protocolMax: 5,
        protocolCur: 2,
        delegateMin: 2,
        delegateMax: 5,
        delegateCur: 5,
      },
    )
  })

  test('filters members by expressions for the whole value', async () => {
    const count = async (filter: Parameters<SerfConnection['membersFiltered']>[0]) =>
      (await serf.membersFiltered(filter)).length
    assert.equal(await count({}), 1)
    assert.equal(await count({ name: agent.name, status: 'alive', tags: { role: 'w.b' } }), 1)
    assert.equal(await count({ tags: { role: 'we' } }), 0)
    assert.equal(await count({ tags: { role: '' } }), 0)
    assert.equal(await count({ tags: { role: 'db|web' } }), 1)
    // Without a group of its own this would be `^we` or `db$`.
    assert.equal(await count({ tags: { role: 'we|db' } }), 0)
    assert.equal(await count({ status: 'left|failed' }), 0)
  })

  test('hangs up over an invalid expression, and the error says so', async () => {
    const serf = await another()
    await assert.rejects(serf.membersFiltered({ name: '[' }), {
      code: 'closed',
      message: /not a valid \(Go\) regular expression/,
    })
    assert.equal((await serf.closed)?.code, 'closed')
  })

  test('sets and removes tags, odd ones too', async () => {
    const before = (await serf.members())[0]!.tags
    const set = { größe: '💡', constructor: 'c', ['__proto__']: 'p', empty: '' }
    await serf.tags({ set })
    const { tags } = (await serf.members())[0]!
    assert.deepEqual(Object.entries(tags).sort(), Object.entries({ ...before, ...set }).sort())
    await serf.tags({ remove: Object.keys(set) })
    assert.deepEqual((await serf.members())[0]!.tags, before)
  })

  test('refuses more tags than fit', async () => {
    await assert.rejects(serf.tags({ set: { big: 'x'.repeat(600) } }), {
      code: 'refused',
      message: /^serf tags: .*exceeds limit/,
    })
  })

  test('tells its stats', async () => {
    const stats = await serf.stats()
    assert.equal(stats['agent']?.['name'], agent.name)
    assert.equal(stats['serf']?.['members'], '1')
    assert.equal(stats['serf']?.['health_score'], '0')
  })

  test('knows its own coordinate and no stranger', async () => {
    const coordinate = await serf.getCoordinate(agent.name)
    assert.equal(coordinate?.vec.length, 8)
    assert.ok(coordinate.height > 0 && coordinate.error > 0)
    assert.equal(await serf.getCoordinate('stranger'), undefined)
  })

  test('streams events with every byte as it was sent, in the form it was sent', async () => {
    using streaming = await another()
    const events = streaming.stream('user')
    await events.ready
    const sent: [string, Uint8Array | string | undefined, boolean][] = [
      ['all', all256, false],
      ['a name of more than thirty-one characters', new Uint8Array(400).fill(0xff), false],
      ['ünï💡', 'tëxt', false],
      ['none', undefined, false],
      ['empty', new Uint8Array(0), true],
    ]
    for (const [name, payload, coalesce] of sent) await serf.event(name, payload, { coalesce })
    const got = await take(events, sent.length)
    const found = got.map((event) => {
      assert.equal(event.type, 'user')
      const { name, payload, coalesce } = event as SerfUserEvent
      return [name, payload, coalesce]
    })
    const bytes = (payload: Uint8Array | string | undefined) =>
      typeof payload === 'string'
        ? new TextEncoder().encode(payload)
        : (payload ?? new Uint8Array(0))
    const expected = sent.map(([name, payload, coalesce]) => [name, bytes(payload), coalesce])
    assert.deepEqual(found, expected)
  })

  test('streams a burst of 300 local events whole', async () => {
    using streaming = await another()
    const events = streaming.stream('user:burst')
    await events.ready
    const names = Array.from({ length: 300 }, (_, at) => String(at))
    await Promise.all(names.map((name) => serf.event('burst', name)))
    const got = (await take(events, 300)) as SerfUserEvent[]
    const found = got.map(({ payload }) => new TextDecoder().decode(payload))
    assert.deepEqual(found.sort(), names.sort())
    assert.equal(events.dropped, 0)
  })

  test('stops a stream that is left, and serves the connection further', async () => {
    using streaming = await another()
    const left = new AbortController()
    const events = streaming.stream('user', left.signal)
    await events.ready
    await serf.event('before', '')
    for await (const event of events) {
      assert.equal((event as SerfUserEvent).name, 'before')
      left.abort()
    }
    await serf.event('after', '')
    assert.equal((await streaming.members()).length, 1)

    const again = streaming.stream('user')
    await again.ready
    await serf.event('again', '')
    const [event] = await take(again, 1)
    assert.equal((event as SerfUserEvent).name, 'again')
  })

  test('refuses an event that is too large', async () => {
    await assert.rejects(serf.event('big', new Uint8Array(600)), {
      code: 'refused',
      message: /^serf event: .*exceeds/,
    })
  })

  test('refuses a filter of no known type', async () => {
    await assert.rejects(serf.stream('party').ready, {
      code: 'refused',
      message: 'serf stream: Invalid event filter',
    })
    assert.equal((await serf.members()).length, 1)
  })

  test('shows its log, to one monitor a connection', async () => {
    using monitoring = await another()
    const lines = monitoring.monitor('INFO')
    await lines.ready
    await assert.rejects(monitoring.monitor('debug').ready, { message: /Monitor already exists/ })
    await serf.event('seen-in-the-log', '')
    for await (const line of lines) if (line.includes('user-event: seen-in-the-log')) break
    assert.equal((await monitoring.members()).length, 1)
  })

  test('refuses to answer a query that it did not hand out', async () => {
    await assert.rejects(serf.respond(99, ''), {
      code: 'refused',
      message: 'serf respond: No pending queries matching ID',
    })
  })

  test('refuses keys when it does not encrypt, and says what each member said', async () => {
    await assert.rejects(serf.listKeys(), (error: Error & { facts: Record<string, unknown> }) => {
      const { messages, ...counts } = error.facts as { messages: Record<string, string> }
      assert.deepEqual(counts, { numNodes: 1, numErr: 1, numResp: 1 })
      assert.match(messages[agent.name] ?? '', /Keyring is empty/)
      return true
    })
  })

  test('cannot join where nobody is', async () => {
    await assert.rejects(serf.join(['127.0.0.1:1']), {
      code: 'refused',
      retryable: true,
      message: /^serf join: 1 error occurred: \* Failed to join 127.0.0.1:1: .*refused$/,
    })
  })

  test('takes many commands at once on one connection', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        at % 2 ? serf.members() : serf.getCoordinate(agent.name),
      ),
    )
    assert.ok(answers.every((answer, at) => Array.isArray(answer) === (at % 2 === 1)))
  })

  // Last, since the agent is gone afterwards.
  test('leaves when asked, with exit code 0', async () => {
    await serf.leave()
    assert.equal((await serf.closed)?.code, 'closed')
    assert.deepEqual(await agent.exited, { code: 0, signal: null })
  })
})

describe('a real serf in trouble', () => {
  test('that is killed ends the stream and what is under way', async () => {
    await using agent = await startSerf()
    const serf = await connectSerf({ port: agent.rpcPort })
    const events = serf.stream('*')
    await events.ready
    await halt(agent)
    const waiting = assert.rejects(serf.members(), { code: 'closed', retryable: true })
    agent.kill('SIGKILL')
    await waiting
    await agent.exited
    await assert.rejects(
      async () => {
        for await (const _ of events);
      },
      { code: 'closed' },
    )
    assert.equal((await serf.closed)?.code, 'closed')
    await assert.rejects(connectSerf({ port: agent.rpcPort }), { code: 'connect' })
  })

  test('that hangs for a while makes commands time out, and serves the connection later', async () => {
    await using agent = await startSerf()
    using serf = await connectSerf({ port: agent.rpcPort, timeoutMs: 500 })
    await halt(agent)
    await assert.rejects(serf.members(), { code: 'timeout' })
    await assert.rejects(serf.stats(), { code: 'timeout' })
    agent.kill('SIGCONT')
    const name = await eventually(async () => (await serf.members())[0]?.name)
    assert.equal(name, agent.name)
  })
})

/** A signal takes a moment to reach every thread. */
const halt = async (agent: RunningSerf) => {
  agent.kill('SIGSTOP')
  await eventually(async () => {
    for (const thread of await readdir(`/proc/${agent.pid}/task`)) {
      const stat = await readFile(`/proc/${agent.pid}/task/${thread}/stat`, 'utf8')
      assert.match(stat, /\) T /)
    }
  })
}

const take = async (events: AsyncIterable<SerfEvent>, count: number): Promise<SerfEvent[]> => {
  const got: SerfEvent[] = []
  for await (const event of events) {
    got.push(event)
    if (got.length === count) break
  }
  return got
}
