import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRaise, createRaised } from '../../src/events/raise.ts'
import { createRate } from '../../src/events/rate.ts'

describe('the rate of a node', () => {
  test('lets 50 events go at once, then one each 100 ms, and says how long to wait', () => {
    let now = 0
    const rate = createRate({ now: () => now })
    assert.deepEqual(
      Array.from({ length: 51 }, () => rate.take()),
      [...Array.from({ length: 50 }, () => 0), 100],
    )
    now = 60
    assert.equal(rate.take(), 40)
    now = 100
    assert.equal(rate.take(), 0)
    assert.equal(rate.take(), 100)
    now = 10_000_000
    assert.equal(Array.from({ length: 60 }, () => rate.take()).filter((ms) => ms === 0).length, 50)
  })
})

describe('the turn of one that tries again', () => {
  test('comes, however many others take what there is', () => {
    let now = 0
    const rate = createRate({ now: () => now })
    for (let at = 0; at < 50; at++) rate.take()
    assert.equal(rate.takeInTurn(), 100)
    let others = 0
    for (; now < 100; now += 1) if (rate.take() === 0) others++
    assert.equal(others, 0, 'the first one is not theirs')
    assert.equal(rate.takeInTurn(), 0)
    for (; now < 1_100; now += 1) if (rate.take() === 0) others++
    assert.ok(others >= 9 && others <= 10, `${others} of the next second`)
  })

  test('is at once when there is room, and waits as long as it was told', () => {
    let now = 0
    const rate = createRate({ now: () => now, atOnce: 1 })
    assert.equal(rate.takeInTurn(), 0)
    assert.equal(rate.takeInTurn(), 100)
    now = 40
    assert.equal(rate.takeInTurn(), 60)
    now = 100
    assert.deepEqual([rate.takeInTurn(), rate.takeInTurn()], [0, 100])
  })
})

describe('raising an event', () => {
  const world = () => {
    const sent: string[] = []
    const clock = { now: 0 }
    const raised = createRaised(() => clock.now)
    const raise = createRaise({
      serf: () => ({
        event: async (name) => {
          if (name === 'lost') throw new Error('no answer')
          sent.push(name)
        },
      }),
      rate: createRate({ now: () => clock.now, perSecond: 10, atOnce: 2 }),
      raised,
    })
    return { sent, clock, raised, raise }
  }
  const none = Buffer.alloc(0)

  test('beyond the rate is refused with the limit and the time, and nothing is sent', async () => {
    const { raise, sent } = world()
    await raise('a', none)
    await raise('b', none)
    await assert.rejects(raise('c', none), {
      name: 'EventError',
      code: 'rate',
      retryable: true,
      facts: { retry_after_ms: 100, per_second: 10, at_once: 50 },
      message: /event c: this node raises 10 events a second, 50 at once; the next one in 100 ms/,
    })
    assert.deepEqual(sent, ['a', 'b'])
  })

  test('that is wrong in itself takes nothing from the rate', async () => {
    const { raise, sent } = world()
    await assert.rejects(raise('a b', none), { code: 'name' })
    await assert.rejects(raise('a', Buffer.alloc(600)), { code: 'payload-size' })
    await raise('a', none)
    await raise('a', none)
    assert.deepEqual(sent, ['a', 'a'])
  })

  test('is known again when Serf gives it back, once, by the way it came', async () => {
    const { raise, raised, clock } = world()
    const { contentHash } = await import('../../src/events/event-id.ts')
    await raise('deploy', none, { origin: 'pipe' })
    const hash = contentHash('deploy', none)
    assert.equal(raised.take(contentHash('deploy', Buffer.from('x'))), undefined)
    assert.equal(raised.take(hash)?.via, 'pipe')
    assert.equal(raised.take(hash), undefined)
    await assert.rejects(raise('lost', none))
    assert.equal(raised.take(contentHash('lost', none)), undefined)
    clock.now += 1_000
    await raise('deploy', none)
    clock.now += 10_000
    assert.equal(raised.take(hash), undefined, 'too long ago')
  })

  test('the same one twice at once is known twice', async () => {
    const { raise, raised } = world()
    const { contentHash } = await import('../../src/events/event-id.ts')
    await raise('tick', none, { origin: 'a' })
    await raise('tick', none, { origin: 'b' })
    const hash = contentHash('tick', none)
    assert.deepEqual(
      [raised.take(hash), raised.take(hash), raised.take(hash)].map((one) => one?.via),
      ['a', 'b', undefined],
    )
  })
})
