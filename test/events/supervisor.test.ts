import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EventError } from '../../src/events/errors.ts'
import { createSupervisorEvents } from '../../src/events/supervisor.ts'
import type { SupervisorPayload, WatchedChild } from '../../src/events/supervisor-payload.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { deferred } from '../../src/lib/deferred.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const node = (options: { isNewNode?: boolean; records?: EventRecord[] } = {}) => {
  const log = keptLog()
  const told: SupervisorPayload[] = []
  const ended = new AbortController()
  const world: { failure?: Error; tries: number; serf?: Promise<void> } = { tries: 0 }
  const supervisor = createSupervisorEvents({
    node: 'web-1.abc123',
    raise: async (name, payload, by) => {
      world.tries++
      assert.deepEqual([name, by], ['supervisor', { origin: 'supervisor' }])
      if (world.failure) throw world.failure
      await world.serf
      told.push(JSON.parse(Buffer.from(payload).toString()))
    },
    records: options.records ?? [],
    isNewNode: options.isNewNode ?? true,
    log,
    signal: ended.signal,
    retryMs: 10,
  })
  const done = supervisor.run()
  const show = async (...states: (Partial<WatchedChild> & { state: string })[]): Promise<void> => {
    for (const state of states) {
      supervisor.show([{ name: 'app', failures: 0, ...state }])
      // What is raised at once is told before the next state comes.
      await new Promise((next) => setImmediate(next))
    }
  }
  return {
    ...{ log, told, world, show, supervisor },
    shown: () => told.map(({ from_state, eventname }) => `${from_state} ${eventname.slice(14)}`),
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await done
    },
  }
}

describe('the event `supervisor`', () => {
  test('tells each change of a child in the fields of 2015', async () => {
    await using it = node()
    await it.show(
      { state: 'waiting' },
      { state: 'pulling' },
      { state: 'starting' },
      { state: 'running', pid: 42, exitCode: 0 },
      { state: 'running', pid: 42, exitCode: 0 },
      { state: 'stopping' },
      { state: 'stopped', exitCode: 0 },
    )
    const of = { processname: 'app', groupname: 'app', node: 'web-1.abc123' }
    assert.deepEqual(it.told, [
      { eventname: 'PROCESS_STATE_STARTING', from_state: 'STOPPED', tries: 0, ...of },
      { eventname: 'PROCESS_STATE_RUNNING', from_state: 'STARTING', pid: 42, ...of },
      { eventname: 'PROCESS_STATE_STOPPING', from_state: 'RUNNING', ...of },
      { eventname: 'PROCESS_STATE_STOPPED', from_state: 'STOPPING', ...of },
    ])
  })

  test('tells an end as expected when its code was 0', async () => {
    for (const exitCode of [0, 3]) {
      await using it = node()
      await it.show({ state: 'running', pid: 1 }, { state: 'backoff', failures: 1, exitCode })
      const { eventname, expected } = it.told.at(-1) ?? {}
      assert.deepEqual([eventname, expected], ['PROCESS_STATE_EXITED', exitCode === 0 ? 1 : 0])
    }
  })

  test('of a crash loop is told at its beginning and when it is over, not at every crash', async () => {
    await using it = node()
    await it.show({ state: 'starting' }, { state: 'running' })
    for (let failures = 1; failures < 50; failures++) {
      await it.show(
        { state: 'backoff', failures, exitCode: 1 },
        { state: 'starting', failures },
        { state: 'running', failures },
      )
    }
    assert.deepEqual(it.shown(), [
      ...['STOPPED STARTING', 'STARTING RUNNING', 'RUNNING EXITED', 'EXITED STARTING'],
      ...['STARTING RUNNING', 'RUNNING EXITED'],
    ])
    await it.show({ state: 'running', failures: 0 })
    assert.equal(it.shown().at(-1), 'EXITED RUNNING')
  })

  test('of a child that cannot even start is BACKOFF, with the tries', async () => {
    await using it = node()
    await it.show({ state: 'starting' })
    for (let failures = 1; failures < 50; failures++) {
      await it.show({ state: 'backoff', failures }, { state: 'starting', failures })
    }
    assert.deepEqual(it.shown(), [
      ...['STOPPED STARTING', 'STARTING BACKOFF', 'BACKOFF STARTING', 'STARTING BACKOFF'],
    ])
    assert.deepEqual(
      it.told.map(({ tries }) => tries),
      [0, 1, 1, 2],
    )
  })

  test('waits while it cannot be raised: the newest state wins, what is left out is counted', async () => {
    await using it = node()
    it.world.failure = new Error('serf is not running')
    await it.show({ state: 'starting' }, { state: 'running' })
    await it.show({ state: 'backoff', failures: 1 }, { state: 'running', failures: 1 })
    await eventually(() => assert.equal(it.world.tries > 2, true))
    assert.deepEqual(it.told, [])
    it.world.failure = new EventError('rate', 'too many', { facts: { retry_after_ms: 20 } })
    await eventually(() => assert.equal(it.world.tries > 4, true))
    delete it.world.failure
    await eventually(() => assert.deepEqual(it.shown(), ['STOPPED RUNNING']))
    await eventually(() =>
      assert.deepEqual(
        it.log.lines.filter(({ level }) => level === 'info').map(({ facts }) => facts),
        [{ events: 3 }],
      ),
    )
  })

  test('tells of a child that is back before it was told that it went', async () => {
    await using it = node()
    await it.show({ state: 'running', pid: 1 })
    const slow = deferred()
    it.world.serf = slow.promise
    await it.show({ state: 'backoff', failures: 1, exitCode: 1 }, { state: 'running', pid: 2 })
    slow.resolve()
    await eventually(() => {
      assert.deepEqual(it.shown(), ['STOPPED RUNNING', 'RUNNING EXITED', 'EXITED RUNNING'])
    })
    assert.deepEqual(it.log.lines, [], 'nothing was left out')
  })

  test('is waited for at the end of a node, but not longer than there is time', async () => {
    await using it = node()
    const slow = deferred()
    it.world.serf = slow.promise
    it.supervisor.show([{ name: 'app', state: 'running', failures: 0 }])
    let isSettled = false
    const settled = it.supervisor.settle(10_000).then(() => {
      isSettled = true
    })
    await it.supervisor.settle(30)
    assert.deepEqual([isSettled, it.told], [false, []])
    slow.resolve()
    await settled
    assert.deepEqual(it.shown(), ['STOPPED RUNNING'])
  })

  test('after a restart of the agent tells only what changed since, if that is known', async () => {
    const payload = JSON.stringify({
      ...{ eventname: 'PROCESS_STATE_RUNNING', processname: 'app', node: 'web-1.abc123' },
    })
    const record: EventRecord = {
      ...{ index: 1, id: '1-00000000', time: '', type: 'user', name: 'supervisor', payload },
      ...{ via: 'supervisor', handled: [] },
    }
    await using known = node({ isNewNode: false, records: [record] })
    await known.show({ state: 'running' }, { state: 'stopped' })
    assert.deepEqual(known.shown(), ['RUNNING STOPPED'])
    await using unknown = node({ isNewNode: false })
    await unknown.show({ state: 'running' }, { state: 'running' }, { state: 'stopped' })
    assert.deepEqual(unknown.shown(), ['RUNNING STOPPED'])
  })
})
