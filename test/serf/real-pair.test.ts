import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  connectSerf,
  type QueryRecord,
  type QueryRequest,
  type SerfConnection,
  type SerfEvent,
} from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningSerf, startSerf } from '../support/serf.ts'

const all256 = Uint8Array.from({ length: 256 }, (_, at) => at)

describe('two real serfs', () => {
  let agents: RunningSerf[] = []
  let a: SerfConnection
  let b: SerfConnection
  const seen: SerfEvent[] = []
  const left = new AbortController()
  let watching: Promise<void>

  before(async () => {
    agents = await Promise.all([
      startSerf({ tags: { role: 'asker' } }),
      startSerf({ tags: { role: 'answerer' } }),
    ])
    ;[a, b] = await Promise.all([
      connectSerf({ port: agents[0]!.rpcPort }),
      connectSerf({ port: agents[1]!.rpcPort }),
    ])
    const events = a.stream('*', left.signal)
    await events.ready
    watching = (async () => {
      for await (const event of events) seen.push(event)
    })()
  })
  after(async () => {
    left.abort()
    await watching
    a?.close()
    b?.close()
    for (const agent of agents) await agent[Symbol.asyncDispose]()
  })

  const sees = (type: SerfEvent['type'], name: string) =>
    eventually(() => {
      const found = seen.some((event) =>
        'members' in event
          ? event.type === type && event.members.some((member) => member.name === name)
          : event.type === type && event.name === name,
      )
      assert.ok(found, `${type} ${name} is not among ${seen.map((event) => event.type)}`)
    })

  test('join, and tell so as an event', async () => {
    assert.equal(await a.join([agents[1]!.address]), 1)
    assert.equal((await a.members()).length, 2)
    assert.equal((await b.members()).length, 2)
    await sees('member-join', agents[1]!.name)
  })

  test('pass an event on with every byte', async () => {
    await b.event('from-b', all256)
    await sees('user', 'from-b')
    const event = seen.find((event) => event.type === 'user')
    assert.deepEqual(event?.payload, all256)
  })

  test('tell changed tags', async () => {
    await b.tags({ set: { version: '2' } })
    await sees('member-update', agents[1]!.name)
    const [member] = await a.membersFiltered({ tags: { version: '2' } })
    assert.equal(member?.name, agents[1]!.name)
  })

  describe('with somebody who answers', () => {
    const done = new AbortController()
    let answering: Promise<void>
    before(async () => {
      const queries = b.stream('query', done.signal)
      await queries.ready
      answering = (async () => {
        for await (const event of queries) {
          if (event.type === 'query') await b.respond(event.id, event.payload.toReversed())
        }
      })()
    })
    after(async () => {
      done.abort()
      await answering
    })

    const ask = async (request: Omit<QueryRequest, 'name'>): Promise<QueryRecord[]> => {
      const records: QueryRecord[] = []
      for await (const record of a.query({ name: 'turn', timeoutMs: 500, ...request })) {
        records.push(record)
      }
      return records
    }
    const end = { type: 'done', from: '', payload: new Uint8Array(0) }

    test('a query gets its answer, byte for byte, and no ack unless asked', async () => {
      const answer = { type: 'response', from: agents[1]!.name, payload: all256.toReversed() }
      assert.deepEqual(await ask({ payload: all256 }), [answer, end])
    })

    test('a query that asks for acks gets one of each', async () => {
      const records = await ask({ payload: 'x', requestAck: true })
      const acks = records.filter(({ type }) => type === 'ack').map(({ from }) => from)
      assert.deepEqual(acks.sort(), agents.map(({ name }) => name).sort())
      assert.deepEqual(records.at(-1), end)
    })

    test('a query goes to those it names, by name or by tag', async () => {
      const [other, self] = await Promise.all([
        ask({ payload: 'x', filterNodes: [agents[1]!.name], filterTags: { role: '^answer' } }),
        ask({ payload: 'x', filterNodes: [agents[0]!.name] }),
      ])
      assert.deepEqual(
        other.map(({ type }) => type),
        ['response', 'done'],
      )
      assert.deepEqual(self, [end])
    })

    test('two queries at once are told apart', async () => {
      const [one, two] = await Promise.all([ask({ payload: '12' }), ask({ payload: '34' })])
      assert.equal(Buffer.from(one[0]!.payload).toString(), '21')
      assert.equal(Buffer.from(two[0]!.payload).toString(), '43')
    })

    test('the default deadline is that of Serf', async () => {
      const start = performance.now()
      const records = await ask({ payload: 'x', timeoutMs: undefined })
      assert.equal(records.length, 2)
      const took = performance.now() - start
      assert.ok(took > 1_500 && took < 15_000, `${took} ms`)
    })

    test("an answer after the query's deadline is refused", async () => {
      const queries = a.stream('query:late')
      await queries.ready
      for await (const _ of b.query({ name: 'late', timeoutMs: 100 }));
      for await (const event of queries) {
        if (event.type !== 'query') continue
        // Each agent has its own clock for the deadline, so this one's may be still to come.
        const refused = { code: 'refused', message: /No pending queries/ }
        await eventually(() => assert.rejects(a.respond(event.id, 'x'), refused))
        break
      }
    })

    test('an id holds on no other connection', async () => {
      using stranger = await connectSerf({ port: agents[0]!.rpcPort })
      const queries = a.stream('query:mine')
      await queries.ready
      const asking = b.query({ name: 'mine', timeoutMs: 500 })
      for await (const event of queries) {
        if (event.type !== 'query') continue
        await assert.rejects(stranger.respond(event.id, 'x'), { code: 'refused' })
        await a.respond(event.id, 'y')
        break
      }
      for await (const record of asking) if (record.type === 'response') break
    })

    test('a large query or answer is refused', async () => {
      const tooLarge = ask({ payload: new Uint8Array(1_100) })
      await assert.rejects(tooLarge, { code: 'refused', message: /^serf query: .*exceeds/ })
    })
  })

  test('one that leaves is gone for the other', async () => {
    await b.leave()
    await eventually(async () => {
      const [member] = await a.membersFiltered({ name: agents[1]!.name })
      assert.equal(member?.status, 'left')
    })
    await sees('member-leave', agents[1]!.name)
  })
})
