import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changes, type Told } from '../../src/children/announce.ts'
import type { ChildStatus } from '../../src/children/status.ts'

const told = (status: Partial<ChildStatus>, rest: Partial<Told> = {}): Told => ({
  failures: 0,
  heldMs: 0,
  ...rest,
  status: {
    name: 'app',
    container: 'app_app_web',
    image: 'x',
    state: 'running',
    since: '',
    restarts: 0,
    warnings: [],
    ...status,
  },
})
const said = (before: Told, after: Told) => changes(before, after).map(({ message }) => message)

describe('the log says', () => {
  test('of a crash loop its begin, its slowest pace, its end, and a new reason', () => {
    const run = told({})
    const first = told({ state: 'backoff', last_reason: 'code 1' }, { failures: 1, heldMs: 100 })
    const runs = told({ last_reason: 'code 1' }, { failures: 1, heldMs: 100 })
    const second = told({ state: 'backoff', last_reason: 'code 1' }, { failures: 2, heldMs: 200 })
    const other = told({ state: 'backoff', last_reason: 'code 2' }, { failures: 3, heldMs: 400 })
    const slow = told({ state: 'backoff', last_reason: 'code 2' }, { failures: 11, heldMs: 60_000 })
    assert.deepEqual(said(run, first), ['child app: code 1; tried again until it works'])
    assert.deepEqual(said(first, runs), [])
    assert.deepEqual(said(runs, second), [])
    assert.deepEqual(said(second, other), ['child app: code 2; tried again until it works'])
    assert.deepEqual(said(other, slow), ['child app: keeps failing (code 2); tried once a minute'])
    assert.deepEqual(said(slow, slow), [])
    assert.deepEqual(said(runs, told({ last_reason: 'code 1' })), ['child app: runs well again'])
  })

  test('what a child waits for when that changes', () => {
    const one = told({ state: 'waiting', waiting_for: ['role a', 'role b'] })
    const two = told({ state: 'waiting', waiting_for: ['role b'] })
    assert.deepEqual(said(told({ state: 'starting' }), one), [
      'child app: waits for role a, role b',
    ])
    assert.deepEqual(said(one, two), ['child app: waits for role b'])
    assert.deepEqual(said(two, two), [])
    assert.deepEqual(said(two, told({})), ['child app: runs'])
  })

  test('a warning once', () => {
    const warned = told({ warnings: ['no /me.json'] })
    assert.deepEqual(said(told({}), warned), ['child app: no /me.json'])
    assert.deepEqual(said(warned, warned), [])
  })
})
