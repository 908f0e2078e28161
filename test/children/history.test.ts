import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  failed,
  type History,
  imageFailed,
  isSteady,
  newHistory,
  sawExit,
  sawRunning,
} from '../../src/children/history.ts'
import { container } from './facts.ts'

const random = () => 0.5
const ended = (at: number, upMs = 1) =>
  container('a', { status: 'exited', startedAt: at - upMs, finishedAt: at, exitCode: 1 })
const exit = (history: History, at: number, upMs?: number) =>
  sawExit(history, ended(at, upMs), { now: at, random, nodeStartedAt: 1000 })
const asked = (history: History): History => ({ ...history, asked: true })

describe('a child that ends', () => {
  test('waits 100 ms, doubling up to 60 s', () => {
    let history = { ...newHistory(), started: true }
    const waits: number[] = []
    for (let at = 0; at < 12; at += 1) {
      history = exit(history, 10_000 + at)
      waits.push(history.heldMs)
      assert.equal(history.notBefore, 10_000 + at + history.heldMs)
    }
    assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800])
    assert.deepEqual(waits.slice(-2), [60_000, 60_000])
    assert.equal(history.reason, 'exited with code 1')
  })

  test('waits 100 ms again after it was up for 10 s', () => {
    const history = { ...newHistory(), started: true, failures: 7 }
    assert.equal(exit(history, 20_000, 9_999).failures, 8)
    assert.equal(exit(history, 20_000, 10_000).heldMs, 100)
  })

  test('is counted once for each end', () => {
    const once = exit({ ...newHistory(), started: true }, 10_000)
    assert.deepEqual(exit(once, 10_000), once)
    assert.equal(exit(once, 10_001).failures, 2)
  })

  test('before its node started did not fail', () => {
    const history = exit(newHistory(), 1000)
    assert.equal(history.failures, 0)
    assert.equal(history.notBefore, 0)
    assert.equal(history.started, false)
  })

  test('waits a little longer after a kill or at our own start: a stop may still be told', () => {
    const at = { now: 5000, random, nodeStartedAt: 1000 }
    const started = { ...newHistory(), started: true }
    assert.equal(sawExit(started, ended(5000), { ...at, hand: 'killed' }).heldMs, 500)
    assert.equal(sawExit(newHistory(), ended(5000), at).heldMs, 300)
    assert.equal(sawExit(started, ended(5000), { ...at, hand: 'stopped' }).failures, 0)
  })

  test('so soon that nobody saw it run has run all the same, and its starts are counted', () => {
    let history = asked(newHistory())
    history = exit(history, 2000)
    assert.equal(history.started, true)
    assert.equal(history.restarts, 0)
    assert.equal(history.heldMs, 100)
    history = exit(asked(history), 3000)
    assert.equal(history.restarts, 1)
  })
})

describe('a child that runs', () => {
  test('counts as up at once when we found it, after a moment when we started it', () => {
    const found = sawRunning(newHistory(), container('a'), { now: 5000 })
    assert.equal(isSteady(found, 5000), true)
    const ours = sawRunning(asked(newHistory()), container('a'), { now: 5000 })
    assert.equal(isSteady(ours, 5299), false)
    assert.equal(isSteady(ours, 5300), true)
  })

  test('counts as up after the time it was held back, 10 s at most', () => {
    const crashed = asked({ ...newHistory(), started: true, failures: 5, heldMs: 1600 })
    const again = sawRunning(crashed, container('a'), { now: 5000 })
    assert.equal(again.run?.upAt, 6600)
    assert.equal(again.restarts, 1)
    const worse = sawRunning({ ...crashed, heldMs: 60_000 }, container('a'), { now: 5000 })
    assert.equal(worse.run?.upAt, 15_000)
  })

  test('has recovered after 10 s', () => {
    const crashed = asked({ ...newHistory(), failures: 5, heldMs: 1600 })
    const again = sawRunning(crashed, container('a'), { now: 5000 })
    assert.equal(sawRunning(again, container('a'), { now: 14_999 }).failures, 5)
    assert.equal(sawRunning(again, container('a'), { now: 15_000 }).failures, 0)
  })
})

test('a start that the engine refuses waits like an exit', () => {
  const once = failed(asked(newHistory()), 'no such file', { now: 0, random })
  assert.equal(once.heldMs, 100)
  assert.equal(once.asked, false)
  assert.equal(failed(once, 'no such file', { now: 0, random }).heldMs, 200)
})

test('a missing image is tried again after 10 s, doubling up to 5 min', () => {
  let history = newHistory()
  const waits: number[] = []
  for (let at = 0; at < 7; at += 1) {
    history = imageFailed(history, 'not here', { now: 0, random })
    waits.push(history.image.notBefore / 1000)
  }
  assert.deepEqual(waits, [10, 20, 40, 80, 160, 300, 300])
  assert.equal(history.notBefore, 0)
})
