import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCatalog } from '../../../src/catalog/catalog.ts'
import { pause } from '../../../src/lib/wait.ts'
import { listed } from '../../catalog/random.ts'
import { ask, get, refusal } from './ask.ts'
import { child, serving, smallNode } from './small-node.ts'

const tookMs = async (work: Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work
  return performance.now() - start
}

describe('watching', () => {
  test('an answer waits for the next change, and only for one of what is watched', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const { index } = await get(served, '/v1/members')
    let answered = false
    const next = get(served, `/v1/members?watch=${index}&wait=10s`).then((value) => {
      answered = true
      return value
    })
    node.heard()
    node.become({ warnings: ['something'] })
    await pause(100)
    assert.equal(answered, false)
    node.catalog.apply([listed(1)])
    const { members, index: after } = await next
    assert.deepEqual(
      members.map(({ id }: { id: string }) => id),
      ['web-1.000001'],
    )
    assert.notEqual(after, index)
  })

  test('after the wait comes what is there, or 304 to one who has it', async () => {
    await using served = await serving(smallNode())
    const { headers } = await ask(served, '/v1/node')
    const { index } = await get(served, '/v1/node')
    const path = `/v1/node?watch=${index}&wait=100ms`
    assert.equal((await get(served, path)).index, index)
    const known = { 'if-none-match': headers.etag ?? '' }
    const same = await ask(served, path, { headers: known })
    assert.deepEqual([same.status, same.text, same.headers.etag], [304, '', headers.etag])
  })

  test('an index of another life, of the future or of something else is answered at once', async () => {
    const node = smallNode('life2')
    await using served = await serving(node)
    const { index } = await get(served, '/v1/members')
    const { index: ofNode } = await get(served, '/v1/node')
    const { index: ofEvents } = await get(served, '/v1/events')
    for (const other of [
      ...[index.replace('life2', 'life1'), 'life2.c999', ofNode, ofEvents, 'x', '1'],
    ]) {
      const waited = tookMs(get(served, `/v1/members?watch=${other}&wait=20s`))
      assert.ok((await waited) < 5_000, other)
    }
  })

  test('a restarted agent never gives an index that its predecessor gave', async () => {
    const seen = new Set<string>()
    for (const life of ['first', 'second']) {
      const node = smallNode(life)
      await using served = await serving(node)
      for (const path of ['/v1/members', '/v1/node']) {
        const { index } = await get(served, path)
        assert.ok(!seen.has(index))
        seen.add(index)
      }
    }
  })

  test('a new agent tells no members before it knows them, and then at once', async () => {
    const node = smallNode()
    Object.assign(node.catalog, createCatalog({ self: 'web-1.0000a1' }))
    await using served = await serving(node)
    const early = get(served, '/v1/members?watch=none')
    assert.equal((await get(served, '/v1/node')).name, 'web-1')
    await pause(100)
    node.catalog.apply([listed(1)])
    assert.equal((await early).members.length, 1)
  })

  test('while nothing is known there is a 503 instead of an empty list', async () => {
    const node = smallNode()
    Object.assign(node.catalog, createCatalog({ self: 'web-1.0000a1' }))
    await using served = await serving(node)
    const refused = await Promise.all([
      refusal(served, '/v1/members'),
      refusal(served, '/v1/services?role=web'),
    ])
    assert.deepEqual(refused, ['503 not-known', '503 not-known'])
  })

  test('an ETag is one of its answer, whoever asks', async () => {
    const node = smallNode()
    await using served = await serving(node)
    for (const path of ['/v1/members', '/v1/services?role=web', '/v1/children', '/v1/events']) {
      const { etag = '' } = (await ask(served, path)).headers
      const again = (tags: string) => ask(served, path, { headers: { 'if-none-match': tags } })
      assert.equal((await again(`"x", W/${etag}`)).status, 304, path)
      assert.equal((await again('"x"')).status, 200)
    }
    const { etag = '' } = (await ask(served, '/v1/children')).headers
    node.become({ children: [child('web', { state: 'backoff' })] })
    const changed = await ask(served, '/v1/children', { headers: { 'if-none-match': etag } })
    assert.equal(changed.status, 200)
  })

  test('what handled an event is in the next answer, though nothing new was heard', async () => {
    const node = smallNode()
    await using served = await serving(node)
    node.heard()
    const { etag = '' } = (await ask(served, '/v1/events')).headers
    const [record] = node.api.events.history.since(0)
    Object.assign(record ?? {}, { handled: [{ handler: 'x', outcome: 'ok', ms: 1 }] })
    const next = await ask(served, '/v1/events', { headers: { 'if-none-match': etag } })
    assert.equal(next.status, 200)
    assert.match(next.text, /"handler":"x"/)
  })

  test('events are read on from an index without a gap, however few at a time', async () => {
    const node = smallNode()
    await using served = await serving(node)
    for (let count = 0; count < 7; count++) node.heard()
    const seen: number[] = []
    let { index } = await get(served, '/v1/events?since=0&limit=1')
    seen.push(1)
    while (seen.length < 7) {
      const next = await get(served, `/v1/events?watch=${index}&limit=3&wait=5s`)
      seen.push(...next.events.map((event: { index: number }) => event.index))
      index = next.index
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7])
    const newest = await get(served, '/v1/events?limit=2')
    assert.deepEqual(
      newest.events.map((event: { index: number }) => event.index),
      [6, 7],
    )
  })

  test('a hundred watchers are all answered by one change', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const { index } = await get(served, '/v1/members')
    const path = `/v1/members?watch=${index}&wait=20s`
    const all = Array.from({ length: 100 }, () => get(served, path))
    await pause(200)
    node.catalog.apply([listed(3)])
    const answers = await Promise.all(all)
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1)
    assert.notEqual(answers[0].index, index)
  })
})
