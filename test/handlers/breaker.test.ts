import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBreaker } from '../../src/handlers/breaker.ts'
import { createRunTimes } from '../../src/handlers/run-times.ts'

describe('the breaker', () => {
  const start = () => {
    const clock = { now: 0 }
    const breaker = createBreaker({ now: () => clock.now, failures: 3, firstMs: 100, maxMs: 300 })
    const fail = (times = 1): void => {
      for (let i = 0; i < times; i++) {
        breaker.begun()
        breaker.failed()
      }
    }
    return { clock, breaker, fail }
  }

  test('opens after failures in a row, and not after others', () => {
    const { breaker, fail } = start()
    fail(2)
    breaker.succeeded()
    fail(2)
    assert.equal(breaker.state(), 'closed')
    fail()
    assert.equal(breaker.state(), 'open')
    assert.equal(breaker.gate(), 'refuse')
    assert.equal(breaker.retryAt(), 100)
  })

  test('tries one run after its pause, and closes when that succeeds', () => {
    const { clock, breaker, fail } = start()
    fail(3)
    clock.now = 100
    assert.equal(breaker.state(), 'half-open')
    assert.equal(breaker.gate(), 'go')
    breaker.begun()
    assert.equal(breaker.gate(), 'wait')
    breaker.succeeded()
    assert.equal(breaker.gate(), 'go')
    assert.equal(breaker.state(), 'closed')
  })

  test('waits twice as long after each try that fails, up to its limit', () => {
    const { clock, breaker, fail } = start()
    fail(3)
    const pauses = []
    for (let i = 0; i < 4; i++) {
      pauses.push((breaker.retryAt() ?? 0) - clock.now)
      clock.now = breaker.retryAt() ?? 0
      fail()
    }
    assert.deepEqual(pauses, [100, 200, 300, 300])
  })
})

test('quantiles are those of the last runs', () => {
  const times = createRunTimes(4)
  assert.equal(times.quantile(0.5), undefined)
  for (const ms of [1000, 1, 2, 3, 4]) times.add(ms)
  assert.equal(times.quantile(0.5), 2)
  assert.equal(times.quantile(0.95), 4)
})
