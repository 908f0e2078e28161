import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { createLive } from '../../../src/surfaces/http/live.ts'
import { stream } from '../../../src/surfaces/http/routes/stream.ts'
import { listed } from '../../catalog/random.ts'
import { eventually } from '../../support/eventually.ts'
import { open, type To } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

type Message = { event: string; id: string; data: Record<string, unknown> }

/** What came on a stream so far. */
const follow = async (to: To, path = '/v1/stream', lastId?: string) => {
  const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
  const answer: IncomingMessage = await open(to, path, { headers })
  assert.equal(answer.headers['content-type'], 'text/event-stream')
  const messages: Message[] = []
  let rest = ''
  answer.setEncoding('utf8')
  answer.on('error', () => {
    // Ended by the test.
  })
  answer.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]),
      )
      const [event = '', id = '', data = '{}'] = ['event', 'id', 'data'].map((name) =>
        fields.get(name),
      )
      if (event !== '') messages.push({ event, id, data: JSON.parse(data) })
    }
  })
  const kinds = () => messages.map(({ event }) => event)
  return {
    messages,
    last: () => messages.at(-1)?.id ?? '',
    until: (...expected: string[]) =>
      eventually(() => assert.deepEqual(kinds(), expected), { within: 15_000, every: 5 }),
    end: () => answer.destroy(),
  }
}

describe('the stream', () => {
  test('tells changes of the catalog and events, from now on', async () => {
    const node = smallNode()
    await using served = await serving(node)
    node.heard()
    const stream = await follow(served)
    await stream.until('hello')
    node.catalog.apply([listed(1), listed(3)])
    await stream.until('hello', 'catalog')
    const changes = stream.messages[1]?.data['changes'] as {
      type: string
      member: { id: string }
    }[]
    assert.deepEqual(changes.map(({ type, member }) => `${type} ${member.id}`).sort(), [
      'member-join web-3.000003',
      'member-reap web-2.000002',
    ])
    node.heard({ name: 'deploy', payload: 'a\nb' })
    await stream.until('hello', 'catalog', 'event')
    assert.deepEqual(
      [stream.messages[2]?.data['index'], stream.messages[2]?.data['payload']],
      [2, 'a\nb'],
    )
    stream.end()
  })

  test('goes on after a reconnect where it was, without a gap and without repeating', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const first = await follow(served)
    await first.until('hello')
    node.heard()
    await first.until('hello', 'event')
    first.end()
    node.heard()
    node.catalog.apply([listed(1)])
    node.catalog.apply([listed(1), listed(4)])
    node.heard()
    await eventually(() => assert.equal(node.api.catalog.snapshot().members.length, 2))
    const again = await follow(served, '/v1/stream', first.last())
    await eventually(() => assert.equal(again.messages.length >= 4, true))
    const events = again.messages.filter(({ event }) => event === 'event')
    assert.deepEqual(
      events.map(({ data }) => data['index']),
      [2, 3],
    )
    const changes = again.messages
      .filter(({ event }) => event === 'catalog')
      .flatMap(({ data }) => data['changes'] as { type: string }[])
    assert.ok(changes.some(({ type }) => type === 'member-reap'))
    assert.ok(changes.some(({ type }) => type === 'member-join'))
    assert.ok(!again.messages.some(({ event }) => event === 'reset'))
    again.end()
    const inAddress = await follow(served, `/v1/stream?after=${first.last()}&topics=events`)
    await inAddress.until('hello', 'event', 'event')
    inAddress.end()
  })

  test('says what is not known any more: of another agent, forgotten, or never given', async () => {
    const node = smallNode('life2')
    await using served = await serving(node)
    for (let count = 0; count < 5; count++) node.heard()
    const stream = await follow(served)
    await stream.until('hello')
    const now = stream.last()
    stream.end()
    const resets = async (id: string): Promise<unknown[]> => {
      const one = await follow(served, '/v1/stream', id)
      node.heard()
      await eventually(() => assert.equal(one.messages.at(-1)?.event, 'event'), { every: 5 })
      one.end()
      return one.messages.filter(({ event }) => event === 'reset').map(({ data }) => data['topic'])
    }
    assert.deepEqual(await resets(now), [])
    assert.deepEqual(await resets(now.replace('life2', 'life1')), ['catalog'])
    assert.deepEqual(await resets(now.replace('0000a1', '0000a0')), ['events'])
    assert.deepEqual(await resets(now.replace(/e\d+$/, 'e999')), ['events'])
    assert.deepEqual(await resets(now.replace(/c\d+~/, 'c999~')), ['catalog'])
    assert.deepEqual(await resets('a~b'), ['catalog', 'events'])
    assert.deepEqual(await resets('41'), ['catalog', 'events'])
    node.forget(4)
    assert.deepEqual(await resets(now.replace(/e\d+$/, 'e2')), ['events'])
  })

  test('a change too large to be listed is a reset', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const stream = await follow(served, '/v1/stream?topics=catalog')
    await stream.until('hello')
    node.catalog.apply(Array.from({ length: 300 }, (_, at) => listed(at + 1)))
    await stream.until('hello', 'reset')
    node.catalog.markStale()
    await stream.until('hello', 'reset', 'catalog')
    assert.deepEqual(
      [stream.messages[2]?.data['stale'], stream.messages[2]?.data['changes']],
      [true, []],
    )
    stream.end()
  })

  test('says that it is still there, though news for others comes all the time', async () => {
    const node = smallNode()
    const live = createLive(node.api)
    const gone = new AbortController()
    const running = live.run(gone.signal)
    const call = { api: node.api, live, signal: gone.signal, header: () => undefined, query: {} }
    const news = setInterval(() => node.become({ warnings: [] }), 20)
    const late = setTimeout(() => gone.abort(), 3_000)
    const began = performance.now()
    const messages: string[] = []
    for await (const message of stream(call, ['catalog'], 100)) {
      messages.push(message)
      if (messages.length === 3) gone.abort()
    }
    clearTimeout(late)
    clearInterval(news)
    await running
    assert.deepEqual(messages.slice(1), [': still here\n\n', ': still here\n\n'])
    assert.ok(performance.now() - began >= 199)
  })

  test('a hundred readers all get every event', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const readers = await Promise.all(Array.from({ length: 100 }, () => follow(served)))
    await Promise.all(readers.map((reader) => reader.until('hello')))
    for (let count = 0; count < 50; count++) node.heard()
    const all = ['hello', ...Array<string>(50).fill('event')]
    await Promise.all(readers.map((reader) => reader.until(...all)))
    for (const reader of readers) reader.end()
  })
})
