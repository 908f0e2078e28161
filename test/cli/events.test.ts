import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { showEvent } from '../../src/cli/events/event-line.ts'
import { collect, readHistory } from '../../src/cli/events/read-history.ts'
import { parseSince } from '../../src/cli/events/since.ts'
import type { Entry } from '../../src/events/journal.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { serfnode } from './harness.ts'

const record = (index: number, change: Partial<EventRecord> = {}): EventRecord => ({
  ...{ index, id: `${index}-00000000`, time: '2030-01-31T12:00:00.000Z', type: 'user' },
  ...{ name: 'deploy', ltime: index, payload: 'v1', handled: [] },
  ...change,
})
const plain = { paint: (_: unknown, text: string) => text }

describe('an event of the history', () => {
  test('is one line, whatever is in it', () => {
    assert.equal(
      showEvent(record(7, { origin: 'web-1', via: 'pipe' }), plain),
      '#7  2030-01-31 12:00:00  user  deploy  v1  by web-1 via pipe',
    )
    const hostile = showEvent(record(8, { name: 'a\u001b[2J', payload: 'x\ny' }), plain)
    assert.doesNotMatch(hostile, /[\n\u001b]/)
    const long = showEvent(record(9, { payload: 'x'.repeat(1_000) }), plain)
    assert.ok(long.length < 300)
  })

  test('of members names some of them, and what handled it comes last', () => {
    const { name: _, payload: __, ...rest } = record(1, { type: 'member-join' })
    const members = Array.from({ length: 10 }, (_, at) => ({
      ...{ id: `n${at}.000000`, name: `n${at}`, role: 'web', addr: '10.0.0.1' },
      status: 'alive' as const,
    }))
    const handled = [
      { handler: 'join.sh', outcome: 'ok' as const, ms: 12.3 },
      { handler: 'all.sh', outcome: 'failed' as const, ms: 3, error: 'exit 1' },
    ]
    assert.equal(
      showEvent({ ...rest, members, more_members: 5, handled }, plain),
      '#1  2030-01-31 12:00:00  member-join  n0, n1, n2, n3, n4, n5, n6, n7, and 7 more  join.sh: ok in 12 ms  all.sh: failed in 3 ms (exit 1)',
    )
  })
})

test('--since takes an index, a time and a span', () => {
  assert.deepEqual(parseSince('42'), { index: 42 })
  assert.deepEqual(parseSince('2030-01-31T12:00:00Z'), { timeMs: 1_896_091_200_000 })
  assert.deepEqual(parseSince('10m'), { agoMs: 600_000 })
  assert.deepEqual(parseSince('2h'), { agoMs: 7_200_000 })
  for (const wrong of ['', 'soon', '-1', '10d', '2030-99-99']) {
    assert.throws(() => parseSince(wrong), /expected an index/)
  }
})

describe("the agent's journal", () => {
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sn-cli-events-'))
  })
  after(() => rmSync(dir, { recursive: true }))

  test('is read whole, with what handled each event', async () => {
    const path = join(dir, 'whole')
    const by = { handler: 'h', outcome: 'ok', ms: 1 }
    const lines = [
      { kind: 'state', last: 3, started: true, seen: [], members: [] },
      { kind: 'event', record: record(4) },
      { kind: 'event', record: record(5) },
      { kind: 'handled', index: 4, id: '4-00000000', handled: by },
      { kind: 'handled', index: 99, id: '99-00000000', handled: by },
    ]
    writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"kind":"ev`)
    const { signal } = new AbortController()
    const lots: Entry[][] = []
    for await (const lot of readHistory(path, { follow: false, signal })) lots.push(lot)
    assert.deepEqual(collect(lots.flat()), [record(4, { handled: [by] as never }), record(5)])
  })

  test('is followed to its end before the new file is read, so that nothing is missed', async () => {
    const path = join(dir, 'replaced')
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(10_000)])
    const write = (place: string, ...entries: object[]): void =>
      appendFileSync(place, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    const by = { handler: 'late', outcome: 'ok', ms: 1 } as const
    write(path, { kind: 'event', record: record(1) })
    const steps = [
      () => {
        write(path, { kind: 'handled', index: 1, id: '1-00000000', handled: by })
        write(`${path}.new`, { kind: 'event', record: record(1, { handled: [by] }) })
        renameSync(`${path}.new`, path)
      },
    ]
    const seen: string[] = []
    for await (const lot of readHistory(path, { follow: true, signal })) {
      seen.push(lot.map(({ kind }) => kind).join())
      const step = steps.shift()
      if (step) step()
      if (seen.length === 3) ended.abort()
    }
    assert.deepEqual(seen, ['event', 'handled', 'event'])
  })

  test('is followed, from before it is there, over cut lines and a new file', async () => {
    const path = join(dir, 'followed')
    const ended = new AbortController()
    const line = (index: number) => `${JSON.stringify({ kind: 'event', record: record(index) })}\n`
    const steps = [
      () => appendFileSync(path, line(2).slice(0, 20)),
      () => appendFileSync(path, line(2).slice(20)),
      () => {
        writeFileSync(`${path}.new`, line(2) + line(3))
        renameSync(`${path}.new`, path)
      },
    ]
    setTimeout(() => writeFileSync(path, line(1)), 20)
    const seen: number[] = []
    for await (const lot of readHistory(path, { follow: true, signal: ended.signal })) {
      for (const entry of lot) if (entry.kind === 'event') seen.push(entry.record.index)
      const step = steps.shift()
      if (step) step()
      else ended.abort()
    }
    assert.deepEqual(seen, [1, 2, 2, 3])
  })
})

test('serfnode events --follow --since leaves out what handled the events before', async () => {
  const runDir = mkdtempSync(join(tmpdir(), 'sn-cli-events-'))
  try {
    const path = join(runDir, 'events.jsonl')
    const write = (...entries: object[]): void =>
      appendFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    const by = { handler: 'late', outcome: 'ok', ms: 1 }
    const handled = (index: number) => ({
      ...{ kind: 'handled', index, id: `${index}-00000000`, handled: by },
    })
    write({ kind: 'event', record: record(1) }, { kind: 'event', record: record(2) })
    const ended = new AbortController()
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(10_000)])
    const steps = [() => write(handled(1), handled(2)), () => ended.abort()]
    const { stdout } = await serfnode(['events', '-f', '--json', '--since', '1'], {
      ...{ inNode: true, runDir, signal, onOutput: () => steps.shift()?.() },
    })
    const shown = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).index)
    assert.deepEqual(shown, [2, 2])
  } finally {
    rmSync(runDir, { recursive: true })
  }
})
