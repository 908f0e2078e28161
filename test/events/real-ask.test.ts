import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readMember } from '../../src/catalog/member.ts'
import { queryRoom } from '../../src/events/addressees.ts'
import { createAsk } from '../../src/events/ask.ts'
import type { AskFilter } from '../../src/events/types.ts'
import { connectSerf, type SerfConnection } from '../../src/serf/client.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningSerf, startSerf } from '../support/serf.ts'

describe('asking three real serfs', () => {
  const names = ['ask-a', 'ask-b', 'ask-c']
  const serfs: RunningSerf[] = []
  const connections: SerfConnection[] = []
  const ended = new AbortController()
  let commands: SerfConnection

  /** Answers `load` with its name, and everything else with zero bytes. */
  const answering = async (serf: RunningSerf): Promise<void> => {
    const connection = await connectSerf({ port: serf.rpcPort })
    connections.push(connection)
    const events = connection.stream('query', ended.signal)
    await events.ready
    void (async () => {
      for await (const event of events) {
        if (event.type !== 'query') continue
        const text = event.name === 'load' ? serf.name : ''
        await connection.respond(event.id, Buffer.from(text))
      }
    })()
  }
  before(async () => {
    for (const name of names) {
      const tags = { name, role: name === 'ask-b' ? 'd.b' : 'dxb', timestamp: '1.000' }
      serfs.push(await startSerf({ name, tags, profile: 'lan' }))
    }
    for (const serf of serfs) await answering(serf)
    commands = await connectSerf({ port: serfs[0]!.rpcPort })
    connections.push(commands)
    await commands.join(serfs.slice(1).map(({ address }) => address))
    await eventually(async () => assert.equal((await commands.members()).length, 3))
  })
  after(async () => {
    ended.abort()
    for (const connection of connections) connection.close()
    for (const serf of serfs) await serf[Symbol.asyncDispose]()
  })

  const ask = async (name: string, filter: AskFilter = {}) => {
    const asking = createAsk({
      self: 'ask-a',
      serf: () => commands,
      members: async () => (await commands.members()).map((one) => readMember(one).member),
    })
    const began = performance.now()
    const records = []
    const request = { name, payload: Buffer.alloc(0), filter, timeoutMs: 20_000 }
    for await (const record of asking(request, ended.signal)) records.push(record)
    const answers = records.flatMap((one) => (one.type === 'answer' ? [one.name] : [])).sort()
    return { answers, end: records.at(-1), ms: performance.now() - began }
  }

  test('ends when all have answered, be it with zero bytes', async () => {
    const load = await ask('load')
    assert.deepEqual(load.answers, names)
    assert.ok(load.ms < 5_000, `${load.ms} ms`)
    const none = await ask('nothing')
    assert.deepEqual(none.end, { type: 'end', answered: 0, none: 3, silent: [] })
  })

  test('of a role reaches that role alone, a dot being a dot', async () => {
    assert.deepEqual((await ask('load', { role: 'd.b' })).answers, ['ask-b'])
    assert.deepEqual((await ask('load', { nodes: ['ask-c'] })).answers, ['ask-c'])
    assert.deepEqual((await ask('load', { tags: { name: 'ask-a' } })).answers, ['ask-a'])
  })

  test('with a payload that just fits by our count is taken by serf', async () => {
    const filters = [
      {},
      {
        filterNodes: ['ask-a', 'ask-b'],
        filterTags: { role: '^d\\.b$', name: `^${'x'.repeat(60)}$` },
      },
    ]
    for (const filter of filters) {
      const room = queryRoom('load', 'ask-a', filter)
      const query = { name: 'load', ...filter, timeoutMs: 3_600_000 }
      await commands.query({ ...query, payload: Buffer.alloc(room) }).ready
      await assert.rejects(
        commands.query({ ...query, payload: Buffer.alloc(room + 20) }).ready,
        /query exceeds limit of 1024 bytes/,
      )
    }
  })
})
