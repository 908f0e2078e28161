import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue } from '../../src/handlers/queue.ts'
import type { Job } from '../../src/handlers/types.ts'
import { heard, joined, member, raised } from './samples.ts'

const job = (event: Job['event']): Job => ({ event, ids: [event.id] })
const membersOf = (of: Job | undefined): string[] =>
  of && 'members' in of.event ? of.event.members.map(({ id }) => id) : []

describe('what waits for a handler', () => {
  test('comes out in order, and is refused when the room is full', () => {
    const queue = createQueue({ limit: 2 })
    assert.ok(queue.push(job(raised('a'))))
    assert.ok(queue.push(job(raised('b'))))
    assert.equal(queue.push(job(raised('c'))), false)
    assert.equal(queue.size, 2)
    const first = queue.shift()
    assert.ok(first && 'name' in first.event)
    assert.equal(first.event.name, 'a')
    assert.ok(queue.push(job(raised('d'))))
  })

  test('merges member events of one type that follow each other, as Serf does', () => {
    const queue = createQueue()
    const events = [joined('a'), joined('b', 'a'), heard({ type: 'start' } as const), joined('c')]
    for (const event of events) queue.push(job(event))
    const merged = queue.shift()
    assert.deepEqual(membersOf(merged), ['a', 'b'])
    assert.deepEqual(merged?.ids, [events[0]?.id, events[1]?.id])
    assert.equal(queue.shift()?.event.type, 'start')
    assert.deepEqual(membersOf(queue.shift()), ['c'])
  })

  test('does not merge joins with leaves', () => {
    const queue = createQueue()
    queue.push(job(joined('a')))
    queue.push(job(heard({ type: 'member-leave', members: [member('a')] } as const)))
    assert.equal(queue.size, 2)
  })

  test('merges no more than a bounded number of events into one', () => {
    const queue = createQueue()
    for (let i = 0; i < 1_001; i++) queue.push(job(joined('a')))
    assert.deepEqual([queue.shift()?.ids.length, queue.shift()?.ids.length], [1_000, 1])
  })

  test('has room for a bounded number of members, however they merge', () => {
    const queue = createQueue({ membersLimit: 3 })
    assert.ok(queue.push(job(joined('a', 'b', 'c', 'd'))), 'one alone always gets in')
    assert.equal(queue.push(job(joined('e'))), false)
    assert.ok(queue.push(job(joined('a'))), 'who is known takes no more room')
    queue.shift()
    assert.ok(queue.push(job(joined('e'))))
  })
})
