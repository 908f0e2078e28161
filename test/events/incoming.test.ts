import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerQueries } from '../../src/events/answer-queries.ts'
import type { OwnAnswer } from '../../src/events/answers.ts'
import { contentHash } from '../../src/events/event-id.ts'
import { createHistory } from '../../src/events/history.ts'
import { createIncoming, type SerfMessage } from '../../src/events/incoming.ts'
import { createRaised } from '../../src/events/raise.ts'
import type { EventHandlers, NodeEvent } from '../../src/events/types.ts'
import { deferred } from '../../src/lib/deferred.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const own: OwnAnswer = {
  id: 'web-1.abc123',
  name: 'web-1',
  role: 'web',
  ports: {},
  serf_ip: '10.0.0.1',
  serf_port: '7946',
  service_ip: '10.0.0.1',
  service_port: '0',
  timestamp: '1.000',
  rpc_port: 7373,
}

const node = ({ answer = async () => undefined }: { answer?: EventHandlers['answer'] } = {}) => {
  const log = keptLog()
  const history = createHistory({ log })
  const raised = createRaised(() => 0)
  const heard: NodeEvent[] = []
  const responses: { id: number; text: string }[] = []
  const world = { alone: false, settled: true, pause: deferred(), now: 0 }
  const { signal } = new AbortController()
  const incoming = createIncoming({
    self: 'web-1',
    history,
    raised,
    dispatch: (event) => heard.push(event),
    answer: (query, key) => answering(query, key),
    alone: () => world.alone,
    isSettled: () => world.settled,
    log,
    signal,
    wait: () => world.pause.promise,
  })
  const answering = answerQueries({
    own: () => own,
    answer,
    respond: async (id, payload) => {
      if (id === 666) throw new Error('past the deadline')
      responses.push({ id, text: Buffer.from(payload).toString() })
    },
    note: incoming.noteQuery,
    onHandled: history.handled,
    log,
    signal,
    now: () => world.now,
  })
  return { log, history, raised, heard, responses, world, incoming }
}

const user = (name: string, ltime: number, text = ''): SerfMessage => ({
  ...{ type: 'user', name, ltime, payload: Buffer.from(text) },
})
const query = (name: string, id: number, ltime: number, text = ''): SerfMessage => ({
  ...{ type: 'query', name, id, ltime, payload: Buffer.from(text) },
})

describe('a user event', () => {
  test('is handed on at once, and once only, whatever serf repeats', () => {
    const { incoming, heard } = node()
    incoming.message(user('deploy', 3, 'v1'))
    incoming.message(user('deploy', 3, 'v1'))
    incoming.message(user('deploy', 3, 'v2'))
    incoming.message(user('deploy', 4, 'v1'))
    incoming.message(user('deploy', 3, 'v1'))
    assert.deepEqual(
      heard.map(({ id }) => id),
      [
        `3-${contentHash('deploy', Buffer.from('v1'))}`,
        `3-${contentHash('deploy', Buffer.from('v2'))}`,
        `4-${contentHash('deploy', Buffer.from('v1'))}`,
      ],
    )
  })

  test('that this node raised says so, and how it came', () => {
    const { incoming, raised, history } = node()
    raised.add(contentHash('deploy', Buffer.alloc(0)), 'pipe')
    incoming.message(user('deploy', 1))
    incoming.message(user('deploy', 2))
    assert.deepEqual(
      history.since(0).map(({ origin, via }) => [origin, via]),
      [
        ['web-1', 'pipe'],
        [undefined, undefined],
      ],
    )
  })

  test('of a serf that counts anew is told when nobody is there who could repeat it', async () => {
    const { incoming, heard, world, raised } = node()
    incoming.message(user('tick', 1))
    world.alone = true
    incoming.message(user('tick', 1))
    assert.equal(heard.length, 1, 'not known yet')
    world.pause.resolve()
    await eventually(() => assert.equal(heard.length, 2))
    // A member that comes back repeats it, and is seen a little later.
    world.pause = deferred()
    incoming.message(user('tick', 1))
    world.alone = false
    world.pause.resolve()
    await world.pause.promise
    await new Promise((done) => setImmediate(done))
    assert.equal(heard.length, 2)
    raised.add(contentHash('tick', Buffer.alloc(0)), undefined)
    incoming.message(user('tick', 1))
    assert.equal(heard.length, 3, 'raised here just now')
  })

  test('of long ago, which others bring to a new serf, is not handed on; a newer one is', async () => {
    const { incoming, heard, world, raised } = node()
    world.settled = false
    incoming.message(user('old', 5))
    assert.equal(heard.length, 0, 'nothing was heard before it')
    raised.add(contentHash('mine', Buffer.alloc(0)), undefined)
    incoming.message(user('mine', 6))
    incoming.message(user('missed', 7))
    incoming.message(user('old', 4))
    const names = () => heard.map((event) => 'name' in event && event.name)
    assert.deepEqual(names(), ['mine', 'missed'])
    world.settled = true
    incoming.message(user('late', 3))
    assert.deepEqual(names(), ['mine', 'missed', 'late'], 'serf promises no order')
  })

  test('of a serf that is new and alone is told a little later', async () => {
    const { incoming, heard, world } = node()
    Object.assign(world, { settled: false, alone: true })
    incoming.message(user('first', 1))
    assert.equal(heard.length, 0)
    world.pause.resolve()
    await eventually(() => assert.equal(heard.length, 1))
  })

  test('with a name that would break lines is refused, counted, and does not fill the log', () => {
    const { incoming, heard, log } = node()
    for (let at = 0; at < 150; at++) incoming.message(user('a\nb', at))
    incoming.message(user('', 1))
    incoming.message(query('a\u0000', 1, 1))
    assert.deepEqual(heard, [])
    assert.equal(log.lines.length, 3)
    incoming.message(user('two words', 1))
    assert.equal(heard.length, 1, 'plain serf may send it')
  })
})

describe('a query', () => {
  test('for which nobody here has an answer is answered with nothing, at once', async () => {
    const { incoming, responses, history, heard } = node()
    incoming.message(query('load', 7, 1))
    await eventually(() => assert.deepEqual(responses, [{ id: 7, text: '' }]))
    assert.equal(history.since(0)[0]?.type, 'query')
    assert.deepEqual(heard, [], 'it goes to those who answer')
  })

  test('goes to the handlers, and to nothing when they fail or say too much', async () => {
    const asked: string[] = []
    const { incoming, responses, log } = node({
      answer: async ({ name, serfId, id }) => {
        asked.push(`${name} ${serfId} ${id.split('-')[0]}`)
        if (name === 'broken') throw new Error('boom')
        return Buffer.from(name === 'long' ? 'x'.repeat(970) : 'ok')
      },
    })
    incoming.message(query('load', 1, 5))
    incoming.message(query('broken', 2, 6))
    incoming.message(query('long', 3, 7))
    await eventually(() => assert.equal(responses.length, 3))
    assert.deepEqual(asked, ['load 1 5', 'broken 2 6', 'long 3 7'])
    assert.deepEqual(
      responses.map(({ id, text }) => [id, text]),
      [
        [1, 'ok'],
        [2, ''],
        [3, ''],
      ],
    )
    assert.match(JSON.stringify(log.lines), /boom.*"bytes":970,"limit":963/)
  })

  test('that two ask at the same tick is answered to both, of one run; repeated later, with nothing', async () => {
    let runs = 0
    const { incoming, responses, history } = node({ answer: async () => Buffer.from(`${++runs}`) })
    incoming.message(query('load', 1, 5))
    incoming.message(query('load', 2, 5))
    await eventually(() => assert.equal(responses.length, 2))
    assert.deepEqual([runs, responses.map(({ text }) => text)], [1, ['1', '1']])
    for (let at = 0; at < 300; at++) incoming.message(query('other', 10 + at, 10 + at))
    incoming.message(query('load', 3, 5))
    await eventually(() => assert.equal(responses.length, 303))
    assert.equal(responses.find(({ id }) => id === 3)?.text, '')
    assert.equal(history.since(0).filter(({ name }) => name === 'load').length, 1)
  })

  test('of a serf that counts anew is not answered with the answer of long ago', async () => {
    let runs = 0
    const { incoming, responses, world } = node({ answer: async () => Buffer.from(`${++runs}`) })
    world.alone = true
    incoming.message(query('load', 1, 1))
    await eventually(() => assert.equal(responses.length, 1))
    world.now += 60_000
    incoming.message(query('load', 2, 1))
    await eventually(() => assert.equal(responses.length, 2))
    assert.deepEqual(
      responses.map(({ text }) => text),
      ['1', '2'],
    )
  })

  test('`where` and `ports` are answered by the node, a question for parts leaves no trace', async () => {
    const { incoming, responses, history } = node({ answer: async () => assert.fail() })
    incoming.message(query('where', 1, 1))
    incoming.message(query('where', 2, 2, 'nonsense'))
    incoming.message(query('ports', 3, 3, '{"digest":"00000000","from":0}'))
    await eventually(() => assert.equal(responses.length, 3))
    const [where, wrong, part] = [1, 2, 3].map((id) => responses.find((one) => one.id === id)?.text)
    assert.equal(JSON.parse(where ?? '').ip, '10.0.0.1')
    assert.deepEqual([wrong, part], ['', ''])
    assert.deepEqual(
      history.since(0).map(({ name, handled }) => [name, handled[0]?.handler]),
      [
        ['where', 'serfnode'],
        ['where', 'serfnode'],
      ],
    )
  })

  test('of 2015 for another role is answered by nothing at all, as then', async () => {
    const { incoming, responses } = node()
    incoming.message(query('where', 1, 1, '{"role":"db"}'))
    incoming.message(query('where', 2, 2, '{"role":"web"}'))
    await eventually(() => assert.equal(responses[0]?.id, 2))
    assert.equal(responses.length, 1)
  })

  test('that serf does not take an answer to any more is said, and nothing else happens', async () => {
    const { incoming, log } = node()
    incoming.message(query('load', 666, 1))
    await eventually(() => assert.match(JSON.stringify(log.lines), /past the deadline/))
  })
})

describe('the life of a node', () => {
  test('is told: its start once, its stop', () => {
    const { incoming, heard } = node()
    incoming.start()
    incoming.start()
    incoming.stop()
    assert.deepEqual(
      heard.map(({ id }) => id),
      ['start-1', 'stop-2'],
    )
  })
})
