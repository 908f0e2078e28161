import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createHistory } from '../../src/events/history.ts'
import type { UserEvent } from '../../src/events/types.ts'
import { keptLog } from '../support/kept-log.ts'
import { member } from './member.ts'

const user = (ltime: number, payload = ''): UserEvent => ({
  type: 'user',
  name: 'deploy',
  ltime,
  payload: Buffer.from(payload),
})

describe('the history of a node', () => {
  let dir: string
  let files = 0
  const log = keptLog()
  const place = () => join(dir, `${files++}.jsonl`)
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sn-history-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  test('numbers what happens; an id is that of the event on every node', () => {
    const history = createHistory({ log, now: () => 0 })
    const event = history.add(user(7, 'v1'), { origin: 'web-1', via: 'pipe' })
    assert.match(event.id, /^7-[0-9a-f]{8}$/)
    assert.equal(history.add(user(7, 'v2')).id === event.id, false)
    assert.equal(history.add({ type: 'start' }).id, 'start-3')
    assert.deepEqual(history.since(0, 1), [
      {
        ...{ index: 1, id: event.id, time: '1970-01-01T00:00:00.000Z', type: 'user' },
        ...{ name: 'deploy', ltime: 7, payload: 'v1', origin: 'web-1', via: 'pipe', handled: [] },
      },
    ])
    assert.deepEqual([history.last, history.since(2).length, history.since(3)], [3, 1, []])
    assert.deepEqual([history.hasSeen(event.id), history.hasSeen('8-00000000')], [true, false])
  })

  test('says what handled an event, and that there is news', async () => {
    const history = createHistory({ log })
    const ended = new AbortController()
    const news = history.changes(ended.signal)[Symbol.asyncIterator]()
    const { id } = history.add(user(1))
    history.handled(id, { handler: 'deploy.sh', outcome: 'ok', ms: 12 })
    history.handled('9-99999999', { handler: 'x', outcome: 'ok', ms: 1 })
    assert.deepEqual(history.since(0)[0]?.handled, [
      { handler: 'deploy.sh', outcome: 'ok', ms: 12 },
    ])
    assert.equal((await news.next()).done, false)
    ended.abort()
    assert.equal((await news.next()).done, true)
  })

  test('keeps bytes that are no text as base64, and 100 members of many', () => {
    const history = createHistory({ log })
    history.add({ ...user(1), payload: Buffer.from([0xff, 0]) })
    const many = Array.from({ length: 130 }, (_, at) => member(`n${at}`))
    history.add({ type: 'member-join', members: many })
    const [bytes, members] = history.since(0)
    assert.equal(bytes?.payload_base64, '/wA=')
    assert.deepEqual([members?.members?.length, members?.more_members], [100, 30])
  })

  test('is the same to the next agent of the node, also after a kill within a write', () => {
    const path = place()
    const first = createHistory({ path, log })
    const { id } = first.add(user(5, 'x'))
    first.add({ type: 'start' })
    first.add({ type: 'member-join', members: [member('a'), member('b')] })
    first.add({ type: 'member-reap', members: [member('b')] })
    first.handled(id, { handler: 'h', outcome: 'failed', ms: 3, error: 'boom' })
    const records = first.since(0)
    first.close()
    appendFileSync(path, '{"kind":"event","record":{"index":5,"id":"5-cut')

    const second = createHistory({ path, log })
    assert.deepEqual(second.since(0), records)
    assert.deepEqual([second.last, second.hasSeen(id), second.hasStarted()], [4, true, true])
    assert.deepEqual([...second.told().values()], [member('a')])
    assert.equal(second.add(user(6)).index, 5)
    second.close()
    const third = createHistory({ path, log })
    assert.equal(third.last, 5)
    third.close()
  })

  test('keeps the last 1,000 events, in a file that does not grow, and knows older ids', () => {
    const path = place()
    const history = createHistory({ path, log })
    const { id } = history.add(user(1))
    history.add({ type: 'start' })
    let older = ''
    for (let at = 2; at < 9_000; at++) {
      const added = history.add(user(at, 'x'.repeat(100)))
      if (at === 7_000) older = added.id
    }
    assert.equal(history.since(0).length, 1_000)
    assert.equal(history.since(0)[0]?.index, history.last - 999)
    assert.equal(history.since(history.last - 10, 3).length, 3)
    assert.ok(statSync(path).size < 2_000_000, `${statSync(path).size} bytes`)
    history.close()
    const next = createHistory({ path, log })
    assert.deepEqual([next.last, next.hasStarted()], [history.last, true])
    assert.equal(next.hasSeen(id), false, 'more ids ago than Serf can repeat')
    assert.equal(next.hasSeen(older), true)
    next.close()
  })

  test('is bounded in bytes too: strangers may send large events', () => {
    const history = createHistory({ log })
    for (let at = 0; at < 1_000; at++) history.add(user(at, 'x'.repeat(9_000)))
    const kept = history.since(0)
    assert.ok(kept.length > 100 && kept.length < 300, `${kept.length} kept`)
  })

  test('is bounded in bytes whatever handlers say of their failures', () => {
    const history = createHistory({ log })
    const failed = { handler: 'h', outcome: 'failed', ms: 1, error: 'x'.repeat(500) } as const
    for (let at = 0; at < 1_000; at++) {
      const { id } = history.add(user(at))
      for (let by = 0; by < 32; by++) history.handled(id, failed)
    }
    const bytes = JSON.stringify(history.since(0)).length
    assert.ok(bytes < 2.1 * 1024 * 1024, `${bytes} bytes`)
  })

  test('goes on from memory when it cannot be written, and writes all once it can', () => {
    let now = 1
    const folder = join(dir, 'missing')
    const path = join(folder, 'events.jsonl')
    const before = log.lines.length
    const history = createHistory({ path, log, now: () => now })
    for (let at = 0; at < 5; at++) history.add(user(at))
    assert.equal(history.since(0).length, 5)
    now += 5_000
    history.add(user(5))
    assert.throws(() => readFileSync(path))
    assert.equal(log.lines.length - before, 1, 'said once')
    mkdirSync(folder)
    history.add(user(6))
    assert.throws(() => readFileSync(path), 'not at every event')
    now += 5_000
    const { id } = history.add(user(7))
    assert.match(log.lines.at(-1)?.message ?? '', /noted again/)
    history.handled(id, { handler: 'h', outcome: 'ok', ms: 1 })
    const next = createHistory({ path, log })
    assert.deepEqual(next.since(0), history.since(0))
    for (const each of [history, next]) each.close()
  })
})
