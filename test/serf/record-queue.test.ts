import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordQueue } from '../../src/serf/record-queue.ts'

const drain = async <T>(queue: RecordQueue<T>, into: T[] = []): Promise<T[]> => {
  for await (const item of queue.read(() => {})) into.push(item)
  return into
}

test('items come in order, those pushed before and those pushed while somebody waits', async () => {
  const queue = new RecordQueue<number>(10)
  queue.push(1)
  const reading = drain(queue)
  await Promise.resolve()
  queue.push(2)
  queue.push(3)
  queue.end()
  assert.deepEqual(await reading, [1, 2, 3])
})

test('a full queue throws the newest away and counts them, but not the last item', async () => {
  const queue = new RecordQueue<number>(2)
  for (const item of [1, 2, 3, 4]) queue.push(item)
  queue.end([5])
  assert.equal(queue.dropped, 2)
  assert.deepEqual(await drain(queue), [1, 2, 5])
})

test('an error comes after the items that were there', async () => {
  const queue = new RecordQueue<number>(10)
  const seen: number[] = []
  queue.push(1)
  queue.fail(new Error('gone'))
  await assert.rejects(drain(queue, seen), { message: 'gone' })
  assert.deepEqual(seen, [1])
})

test('a discarded queue ends at once, also for a consumer that waits', async () => {
  const full = new RecordQueue<number>(10)
  full.push(1)
  full.discard()
  assert.deepEqual(await drain(full), [])

  const empty = new RecordQueue<number>(10)
  const waiting = drain(empty)
  await Promise.resolve()
  empty.discard()
  assert.deepEqual(await waiting, [])
})

test('nothing gets in after the end', async () => {
  const queue = new RecordQueue<number>(10)
  queue.end()
  queue.push(1)
  queue.fail(new Error('late'))
  assert.deepEqual(await drain(queue), [])
  assert.equal(queue.dropped, 0)
})

test('leaving the loop is told', async () => {
  const queue = new RecordQueue<number>(10)
  queue.push(1)
  let left = 0
  for await (const _ of queue.read(() => (left += 1))) break
  assert.equal(left, 1)
})
