import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFeed } from '../../src/catalog/feed.ts'

const take = async <T>(source: AsyncIterable<T>, count: number): Promise<T[]> => {
  const items: T[] = []
  for await (const item of source) if (items.push(item) === count) break
  return items
}
const feed = () => createFeed<string>({ limit: 3, instead: 'look' })

describe('a feed', () => {
  test('gives what was published since it was asked for, before the first read too', async () => {
    const { publish, read } = feed()
    publish(['early'])
    const items = read(new AbortController().signal)
    publish(['a', 'b'])
    assert.deepEqual(await take(items, 2), ['a', 'b'])
  })

  test('wakes a waiting reader', async () => {
    const { publish, read } = feed()
    const items = take(read(new AbortController().signal), 1)
    await new Promise(setImmediate)
    publish(['a'])
    assert.deepEqual(await items, ['a'])
  })

  test('gives a slow reader one item instead of many, then goes on', async () => {
    const { publish, read } = feed()
    const items = read(new AbortController().signal)
    for (let item = 0; item < 10_000; item++) publish([`${item}`])
    assert.equal((await items.next()).value, 'look')
    publish(['next'])
    assert.equal((await items.next()).value, 'next')
  })

  test('does not let one slow reader harm another', async () => {
    const { publish, read } = feed()
    read(new AbortController().signal)
    const quick = read(new AbortController().signal)
    for (const item of ['a', 'b', 'c', 'd', 'e']) {
      publish([item])
      assert.equal((await quick.next()).value, item)
    }
  })

  test('ends for a waiting reader when the signal aborts, and keeps no listener', async () => {
    const { read } = feed()
    const stop = new AbortController()
    const items = take(read(stop.signal), 1)
    await new Promise(setImmediate)
    stop.abort()
    assert.deepEqual(await items, [])
    assert.deepEqual(await take(read(stop.signal), 1), [])
  })

  test('forgets a reader that broke off', async () => {
    const { publish, read } = feed()
    const items = read(new AbortController().signal)
    publish(['a'])
    await take(items, 1)
    publish(['b'])
    assert.equal((await items.next()).done, true)
  })
})
