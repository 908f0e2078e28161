import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Member } from '../../src/catalog/member.ts'
import { type AskingSerf, createAsk } from '../../src/events/ask.ts'
import type { AskFilter, AskRecord, AskRequest } from '../../src/events/types.ts'
import { pause } from '../../src/lib/wait.ts'
import { member, plainMember } from './member.ts'

type Said = { from: string; text?: string; afterMs?: number }

/** A serf that gives the answers it is told, and is done after `doneMs`. */
const serfOf = (said: readonly Said[], doneMs = 10_000) => {
  const requests: object[] = []
  const left: boolean[] = []
  const serf: AskingSerf = {
    query: async function* (request, signal) {
      requests.push(request)
      const began = performance.now()
      try {
        for (const { from, text = '', afterMs = 0 } of said) {
          await pause(afterMs, signal)
          if (signal.aborted) return
          yield { type: 'response' as const, from, payload: Buffer.from(text) }
        }
        await pause(doneMs - (performance.now() - began), signal)
        if (!signal.aborted) yield { type: 'done' as const, from: '', payload: Buffer.alloc(0) }
      } finally {
        left.push(true)
      }
    },
  }
  return { serf, requests, left }
}

const ask = async (
  members: Member[] | (() => Member[]),
  said: readonly Said[],
  {
    filter,
    doneMs,
    signal,
    ...rest
  }: Partial<AskRequest> & { doneMs?: number; signal?: AbortSignal } = {},
) => {
  const { serf, requests, left } = serfOf(said, doneMs)
  const now = typeof members === 'function' ? members : () => members
  const asking = createAsk({ self: 'a.000001', serf: () => serf, members: now, lookMs: 10 })
  const request = { name: 'load', payload: Buffer.alloc(0), ...(filter && { filter }), ...rest }
  const records: AskRecord[] = []
  const began = performance.now()
  for await (const record of asking(request, signal ?? new AbortController().signal)) {
    records.push(record)
  }
  const end = records.at(-1)
  const answers = records.flatMap((one) =>
    one.type === 'answer' ? [`${one.name} ${Buffer.from(one.payload)}`] : [],
  )
  const silent = end?.type === 'end' ? end.silent.map(({ name }) => name) : undefined
  return { answers, end, silent, requests, left, ms: performance.now() - began }
}

const [a, b, c] = [member('a'), member('b'), member('c')]

describe('asking', () => {
  test('ends as soon as every live member has answered; nobody hears of those that have none', async () => {
    const { answers, end, ms, left } = await ask(
      [a, b, c, member('d', { status: 'failed' })],
      [{ from: a.id, text: '1' }, { from: b.id }, { from: c.id, text: '3', afterMs: 20 }],
    )
    assert.deepEqual(answers, ['a 1', 'c 3'])
    assert.deepEqual(end, { type: 'end', answered: 2, none: 1, silent: [] })
    assert.ok(ms < 1_000, `${ms} ms`)
    assert.deepEqual(left, [true])
  })

  test('names those who were silent when the time is over', async () => {
    const { silent, answers } = await ask([a, b, c], [{ from: b.id, text: 'x' }], { doneMs: 50 })
    assert.deepEqual([answers, silent], [['b x'], ['a', 'c']])
  })

  test('does not wait for a member that dies meanwhile, and names it', async () => {
    const looks: Member[][] = [
      [a, b],
      [a, b],
      [a, { ...b, status: 'failed' }],
    ]
    const { silent, ms } = await ask(() => looks.shift() ?? [a], [{ from: a.id, text: 'x' }])
    assert.deepEqual(silent, ['b'])
    assert.ok(ms < 1_000, `${ms} ms`)
  })

  test('does not wait for plain Serf agents unless they are named, but takes their answers', async () => {
    const plain = plainMember('old', { role: 'web' })
    const early = await ask(
      [a, plain],
      [
        { from: 'old', text: 'hi' },
        { from: a.id, afterMs: 10 },
      ],
    )
    assert.deepEqual([early.answers, early.silent], [['old hi'], []])
    const unheard = await ask([a, plain], [{ from: a.id }])
    assert.deepEqual([unheard.answers, unheard.silent], [[], []])
    const named = await ask([a, plain], [], { filter: { nodes: ['old'] }, doneMs: 30 })
    assert.deepEqual(named.silent, ['old'])
    const alone = await ask([a, plain], [{ from: 'old', text: 'hi', afterMs: 20 }], {
      filter: { tags: { role: 'web', kind: 'x' } },
    })
    assert.deepEqual(alone.answers, [], 'nobody has both tags')
    const tagged = plainMember('old', { kind: 'x' })
    const only = await ask([a, tagged], [{ from: 'old', text: 'hi', afterMs: 20 }], {
      filter: { tags: { kind: 'x' } },
    })
    assert.deepEqual(only.answers, ['old hi'], 'nobody else is asked')
  })

  test('of nobody sends nothing and ends at once', async () => {
    const { requests, end } = await ask([a], [], { filter: { role: 'db' } })
    assert.deepEqual(requests, [])
    assert.deepEqual(end, { type: 'end', answered: 0, none: 0, silent: [] })
  })

  test('looks at nobody any more once all have answered', async () => {
    let looks = 0
    await ask(() => {
      looks++
      return [a]
    }, [{ from: a.id }])
    assert.equal(looks, 1)
  })

  test('takes the first answer of each, whoever repeats it', async () => {
    const twice = [{ from: a.id, text: '1' }, { from: a.id, text: '2' }, { from: b.id }]
    assert.deepEqual((await ask([a, b], twice)).answers, ['a 1'])
  })

  test('shows an answer of a stranger with its name made safe', async () => {
    const { answers } = await ask([a], [{ from: 'x\n\u001b[2J', text: 'hi' }, { from: a.id }])
    assert.deepEqual(answers, ['x\\n\\x1b[2J hi'])
  })

  test('ends without a word when it is given up', async () => {
    const gone = new AbortController()
    setTimeout(() => gone.abort(), 20)
    const { end, left } = await ask([a, b], [{ from: a.id }], { signal: gone.signal })
    assert.deepEqual([end, left], [undefined, [true]])
  })

  test('says that serf is away when its answers end before their time', async () => {
    const asking = createAsk({
      self: 'a.000001',
      serf: () => ({
        query: async function* () {
          yield { type: 'response' as const, from: a.id, payload: Buffer.from('1') }
        },
      }),
      members: () => [a, b],
    })
    const answers: AskRecord[] = []
    const all = async (): Promise<void> => {
      const { signal } = new AbortController()
      const request = { name: 'load', payload: Buffer.alloc(0) }
      for await (const record of asking(request, signal)) answers.push(record)
    }
    await assert.rejects(all, { name: 'EventError', code: 'lost', retryable: true })
    assert.deepEqual(
      answers.map(({ type }) => type),
      ['answer'],
    )
  })

  test('hands on why serf cannot be asked', async () => {
    const asking = createAsk({
      self: 'a.000001',
      serf: () => {
        throw new Error('serf is not running')
      },
      members: () => [a],
    })
    const request = { name: 'load', payload: Buffer.alloc(0) }
    const records = asking(request, new AbortController().signal)[Symbol.asyncIterator]()
    await assert.rejects(records.next(), /serf is not running/)
  })
})

describe("a query's filter", () => {
  const sentFor = async (filter: AskFilter) => {
    const db = member('db', { tags: { ...a.tags, role: 'd.b+c' }, role: 'd.b+c' })
    return (await ask([a, b, db], [], { filter, doneMs: 1 })).requests[0]
  }

  test('of a role and tags becomes a quoted expression for the whole value', async () => {
    const sent = await sentFor({ role: 'd.b+c', tags: { name: 'a' } })
    assert.deepEqual(sent && 'filterTags' in sent && sent.filterTags, {
      role: '^d\\.b\\+c$',
      name: '^a$',
    })
    assert.ok(sent && !('filterNodes' in sent), 'no empty list')
    assert.deepEqual(Object.keys((await sentFor({})) ?? {}), ['name', 'payload'])
  })

  test('goes to the role alone that a query of 2015 names', async () => {
    const db = member('db', { tags: { ...a.tags, role: 'db' } })
    const asked = { name: 'where', payload: Buffer.from('{"role":"db"}') }
    const { end, requests } = await ask([a, db], [{ from: db.id, text: 'x' }], asked)
    assert.deepEqual(end, { type: 'end', answered: 1, none: 0, silent: [] })
    assert.deepEqual(Object.values(requests[0] ?? {})[2], { role: '^db$' })
    const neither = await ask([a, db], [], { ...asked, filter: { role: 'web' } })
    assert.deepEqual(neither.requests, [])
  })

  test('of nodes takes human names and member names', async () => {
    const sent = await sentFor({ nodes: ['a', 'b.000001'] })
    assert.deepEqual(sent && 'filterNodes' in sent && sent.filterNodes, ['a.000001', 'b.000001'])
  })

  test('that is empty anywhere is never sent', () => {
    const asking = createAsk({
      self: 'a.000001',
      serf: () => assert.fail(),
      members: () => assert.fail(),
    })
    const wrong: AskFilter[] = [
      ...[{ nodes: [] }, { nodes: [''] }, { nodes: ['a', ''] }, { role: '' }],
      ...[{ tags: { '': 'x' } }, { tags: { x: '' } }, { role: 'a\u0000b' }, { tags: { x: '\n' } }],
      ...[{ nodes: [7] }, { role: 7 }, { tags: { x: null } }].map(
        (one) => one as unknown as AskFilter,
      ),
    ]
    for (const filter of wrong) {
      assert.throws(
        () => asking({ name: 'load', payload: Buffer.alloc(0), filter }, AbortSignal.abort()),
        { name: 'EventError', code: 'filter' },
        JSON.stringify(filter),
      )
    }
  })

  test('of more names or tags than serf carries is refused before anybody is looked at', () => {
    const asking = createAsk({
      self: 'a.000001',
      serf: () => assert.fail(),
      members: () => assert.fail(),
    })
    const tags = Object.fromEntries(Array.from({ length: 25_000 }, (_, at) => [`t${at}`, 'x']))
    for (const filter of [{ nodes: Array.from({ length: 101 }, () => 'a') }, { tags }]) {
      assert.throws(
        () => asking({ name: 'load', payload: Buffer.alloc(0), filter }, AbortSignal.abort()),
        { code: 'filter', message: /found \d+ (nodes|tags), more than \d+/ },
      )
    }
  })

  test('by the name of nobody, or of somebody who is dead, says so', async () => {
    const dead = member('d', { status: 'failed' })
    await assert.rejects(ask([a, dead], [], { filter: { nodes: ['a', 'zoo'] } }), {
      code: 'no-member',
      message: 'ask zoo: no member of that name',
    })
    await assert.rejects(ask([a, dead], [], { filter: { nodes: ['d'] } }), {
      code: 'no-member',
      message: 'ask d: it is failed',
    })
  })
})

describe('a query', () => {
  test('of a wrong name, size or time is refused before serf, with what was found', async () => {
    for (const name of ['', 'a b', 'x'.repeat(65), '_serf_ping', 'é']) {
      await assert.rejects(ask([a], [], { name }), { code: 'name' })
    }
    for (const timeoutMs of [0, -1, 0.5, Number.NaN, 3_600_001]) {
      await assert.rejects(ask([a], [], { timeoutMs }), { code: 'timeout' })
    }
    const { requests } = await ask([a], [{ from: a.id }], { payload: Buffer.alloc(890) })
    assert.equal(requests.length, 1)
    await assert.rejects(ask([a], [], { payload: Buffer.alloc(900) }), {
      code: 'payload-size',
      message: 'query load: the payload has 900 bytes, at most 896 fit with this name and filter',
    })
    const many = Array.from({ length: 100 }, (_, at) => member(`a-long-name-${at}`))
    await assert.rejects(ask(many, [], { filter: { nodes: many.map(({ id }) => id) } }), {
      code: 'payload-size',
      message: /its filter is \d+ bytes too long for serf/,
    })
  })
})
