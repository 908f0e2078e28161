import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAsk } from '../../src/events/ask.ts'
import { EventError } from '../../src/events/errors.ts'
import { createHistory } from '../../src/events/history.ts'
import { createIncoming, type SerfMessage } from '../../src/events/incoming.ts'
import { parseEntry } from '../../src/events/journal.ts'
import { createRaised } from '../../src/events/raise.ts'
import type { AskFilter } from '../../src/events/types.ts'
import { createChance } from '../catalog/random.ts'
import { keptLog } from '../support/kept-log.ts'
import { member, plainMember } from './member.ts'

const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a',
  'web',
  'a|b',
  '.*',
  '^$',
  '\n',
  '(',
  '[',
  'é',
  '__proto__',
  'x'.repeat(600),
]
const ANY: unknown[] = [...TEXTS, 0, 7, null, true, [], {}, [''], { a: '' }, Number.NaN]

test('whatever a filter is made of, no empty one and no empty text in one reaches serf', async () => {
  const { pick, times, below } = createChance(7)
  const members = [member('a'), member('b', { role: 'web' }), plainMember('a|b', { '': '' })]
  const text = () => (below(4) === 0 ? pick(ANY) : pick(TEXTS))
  let sent = 0
  for (let round = 0; round < 20_000; round++) {
    const filter: Record<string, unknown> = {}
    if (below(2)) filter['nodes'] = below(5) ? times(3, text) : pick(ANY)
    if (below(2)) filter['role'] = text()
    if (below(2)) {
      const tags = times(3, () => [pick(TEXTS), text()])
      filter['tags'] = below(9) ? Object.fromEntries(tags) : pick(ANY)
    }
    const ask = createAsk({
      self: 'a.000001',
      members: () => members,
      serf: () => ({
        query: async function* (request) {
          sent++
          const { filterNodes, filterTags } = request
          const empty = (one: unknown) => typeof one !== 'string' || one === ''
          const what = JSON.stringify(filter)
          if (filterNodes) assert.ok(filterNodes.length > 0 && !filterNodes.some(empty), what)
          if (filterTags) {
            const words = Object.entries(filterTags).flat()
            assert.ok(words.length > 0 && !words.some(empty), what)
          }
          yield* []
        },
      }),
    })
    const request = { name: 'load', payload: Buffer.alloc(0), filter: filter as AskFilter }
    try {
      for await (const _ of ask(request, new AbortController().signal));
    } catch (error) {
      assert.ok(error instanceof EventError, `${JSON.stringify(filter)}: ${error}`)
    }
  }
  assert.ok(sent > 1_000, `${sent} sent`)
})

test('whatever serf brings is handed on or refused, and the history stays readable', () => {
  const { pick, below } = createChance(8)
  const history = createHistory({ log: keptLog() })
  const heard: string[] = []
  const incoming = createIncoming({
    self: 'a',
    history,
    raised: createRaised(() => 0),
    dispatch: ({ id }) => heard.push(id),
    answer: async () => {},
    alone: () => false,
    isSettled: () => true,
    log: keptLog(),
    signal: new AbortController().signal,
  })
  for (let round = 0; round < 4_000; round++) {
    const payload = Buffer.from(Array.from({ length: below(20) }, () => below(256)))
    const ltime = pick([0, 1, round, 2 ** 53, 1.8e19])
    const message: SerfMessage = { type: 'user', name: pick(TEXTS), ltime, payload }
    incoming.message(message)
  }
  assert.equal(new Set(heard).size, heard.length)
  for (const record of history.since(0))
    assert.deepEqual(JSON.parse(JSON.stringify(record)), record)
})

test('whatever stands in a line of the journal, it is an entry or nothing', () => {
  const { pick, times } = createChance(9)
  const pieces = ['{', '}', '"kind"', ':', '"event"', ',', 'null', '[', ']', '1', '"state"']
  for (let round = 0; round < 20_000; round++) {
    const found = parseEntry(times(8, () => pick(pieces)).join(''))
    assert.ok(found === undefined || typeof found.kind === 'string')
  }
})
