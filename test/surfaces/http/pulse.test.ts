import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createPulse } from '../../../src/surfaces/http/pulse.ts'

const LONG = 60_000

describe('a pulse', () => {
  test('wakes all who wait, and lets others have their turn in between', async () => {
    const pulse = createPulse()
    let woken = 0
    const all = Array.from({ length: 100 }, async () => {
      await pulse.next(LONG, new AbortController().signal)
      woken++
    })
    pulse.ring()
    const atTurns: number[] = []
    while (woken < 100) {
      await new Promise((resolve) => setImmediate(resolve))
      atTurns.push(woken)
    }
    await Promise.all(all)
    assert.ok(atTurns.length > 5, `only ${atTurns.length} turns`)
  })

  test('wakes nobody twice, and those who come later at the next ring', async () => {
    const pulse = createPulse()
    const stop = new AbortController()
    const first = pulse.next(LONG, stop.signal)
    pulse.ring()
    pulse.ring()
    await first
    let later = false
    const second = pulse.next(LONG, stop.signal).then(() => {
      later = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(later, false)
    pulse.ring()
    await second
  })

  test('ends a wait by its time and by an abort, also one that came before', async () => {
    const pulse = createPulse()
    const stop = new AbortController()
    await pulse.next(1, stop.signal)
    const waiting = pulse.next(LONG, stop.signal)
    stop.abort()
    await waiting
    await pulse.next(LONG, stop.signal)
  })
})
