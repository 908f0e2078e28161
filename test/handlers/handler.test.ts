import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Handled } from '../../src/events/types.ts'
import { HandlerError } from '../../src/handlers/errors.ts'
import { createHandler } from '../../src/handlers/handler.ts'
import type { HandlerSpec, Job, Runner, RunResult } from '../../src/handlers/types.ts'
import { deferred } from '../../src/lib/deferred.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { asked, raised, specOf } from './samples.ts'

type Run = { job: Job; slot: number; end: (result: RunResult | Error) => void }

const ended = new AbortController()

/** A handler whose runs the test ends itself. */
const start = (more: Partial<HandlerSpec> = {}) => {
  const runs: Run[] = []
  const handled: (Handled & { id: string })[] = []
  const runner: Runner = {
    hears: () => true,
    isReady: () => true,
    about: () => ({ events: ['*'] }),
    run: (job, { slot, signal }) => {
      const { promise, resolve, reject } = deferred<RunResult>()
      signal.addEventListener('abort', () => reject(signal.reason))
      runs.push({ job, slot, end: (as) => (as instanceof Error ? reject(as) : resolve(as)) })
      return promise
    },
  }
  const log = keptLog()
  const handler = createHandler({
    spec: specOf(more),
    runner,
    onHandled: (id, one) => handled.push({ id, ...one }),
    log,
    signal: ended.signal,
  })
  const until = (count: number) =>
    eventually(() => assert.equal(handled.length, count, JSON.stringify(handler.report())))
  return { runs, handled, handler, log, until }
}

const FAILURE = new HandlerError('failed', 'exit 1')

describe('a handler', () => {
  after(() => ended.abort())

  test('runs one event at a time and reports them', async () => {
    const { runs, handler, handled, until } = start()
    const [a, b] = [raised('a'), raised('b')]
    handler.push(a)
    handler.push(b)
    assert.equal(runs.length, 1)
    assert.deepEqual(
      (({ state, queue, running }) => ({ state, queue, running }))(handler.report()),
      { state: 'running', queue: 1, running: 1 },
    )
    runs[0]?.end({})
    await eventually(() => assert.equal(runs.length, 2))
    runs[1]?.end(FAILURE)
    await until(2)
    assert.deepEqual(
      handled.map(({ id, outcome, error }) => [id, outcome, error]),
      [
        [a.id, 'ok', undefined],
        [b.id, 'failed', 'exit 1'],
      ],
    )
    const { runs: ended, failures, last_error, p50_ms } = handler.report()
    assert.deepEqual([ended, failures, last_error?.message], [2, 1, 'exit 1'])
    assert.ok(p50_ms !== undefined)
  })

  test('runs as many at once as it may, each in a slot of its own', () => {
    const { runs, handler } = start({ concurrency: 2 })
    for (const name of ['a', 'b', 'c']) handler.push(raised(name))
    assert.deepEqual(runs.map(({ slot }) => slot).sort(), [0, 1])
  })

  test('is ended at its timeout', async () => {
    const { handler, handled, until } = start({ timeoutMs: 20 })
    handler.push(raised('a'))
    await until(1)
    assert.equal(handled[0]?.outcome, 'timeout')
    assert.match(handled[0]?.error ?? '', /20 ms/)
    assert.equal(handler.report().timeouts, 1)
  })

  test('drops what finds its queue full, counts it and says it once', async () => {
    const { handler, handled, log } = start()
    for (let i = 0; i < 1_003; i++) handler.push(raised('a'))
    assert.equal(handler.report().queue, 1_000)
    assert.equal(handler.report().dropped, 2)
    assert.deepEqual(
      handled.map(({ outcome }) => outcome),
      ['dropped', 'dropped'],
    )
    assert.equal(log.lines.filter((line) => /dropped/.test(JSON.stringify(line))).length, 1)
  })

  test('refuses events after repeated failures, those that wait too', async () => {
    const { runs, handler, handled, until } = start()
    for (let i = 0; i < 7; i++) handler.push(raised('a'))
    for (let i = 0; i < 5; i++) {
      await eventually(() => assert.equal(runs.length, i + 1))
      runs[i]?.end(FAILURE)
    }
    await until(7)
    handler.push(raised('a'))
    assert.equal(handler.report().refused, 3)
    assert.equal(handler.report().state, 'broken')
    assert.equal(handled.at(-1)?.outcome, 'refused')
    assert.equal(runs.length, 5)
  })

  test('gives the answer to a query, and none when it failed', async () => {
    const { runs, handler } = start()
    const first = handler.ask(asked('load'))
    runs[0]?.end({ answer: Buffer.from('0.5') })
    assert.equal(Buffer.from((await first) ?? '').toString(), '0.5')
    const second = handler.ask(asked('load'))
    await eventually(() => assert.equal(runs.length, 2))
    runs[1]?.end(FAILURE)
    assert.equal(await second, undefined)
  })
})
