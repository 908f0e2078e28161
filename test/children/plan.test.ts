import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type History, newHistory } from '../../src/children/history.ts'
import { allUp, type ChildView, plan, type World } from '../../src/children/plan.ts'
import type { ChildSettings } from '../../src/config/types.ts'
import { container } from './facts.ts'
import { childSettings } from './settings.ts'

const NOW = 100_000
const RUN = { key: 'x', since: 0, upAt: 0 }

const child = (
  name: string,
  rest: Partial<Omit<ChildView, 'history' | 'settings'>> & {
    history?: Partial<History>
    settings?: Partial<ChildSettings>
  } = {},
): ChildView => ({
  wanted: { name: `${name}_app_web`, body: { Image: 'x' }, spec: 'right', warnings: [] },
  containers: [],
  ...rest,
  settings: childSettings(name, rest.settings),
  history: { ...newHistory(), ...rest.history },
})

const world = (children: ChildView[], rest: Partial<World> = {}): World => ({
  now: NOW,
  nodeStartedAt: 1000,
  children,
  unwanted: [],
  hands: new Map(),
  hasRole: () => false,
  ...rest,
})

/** Each child's state and step: `app starting create`. */
const shown = (of: World): string[] => {
  const { decisions } = plan(of)
  return [...decisions].map(([name, { state, step, waitingFor }]) =>
    [name, state, step?.type, waitingFor && `(${waitingFor})`].filter(Boolean).join(' '),
  )
}

describe('what is to be done about one child', () => {
  const started = { started: true }
  const cases: [string, ChildView, Partial<World>, string][] = [
    ['nothing there: create', child('a'), {}, 'a starting create'],
    [
      'created: start',
      child('a', { containers: [container('a', { status: 'created' })] }),
      {},
      'a starting start',
    ],
    [
      'runs: nothing',
      child('a', { containers: [container('a')], history: started }),
      {},
      'a running',
    ],
    [
      'ended, and may start',
      child('a', { containers: [container('a', { status: 'exited' })], history: started }),
      {},
      'a starting start',
    ],
    [
      'ended, and must wait',
      child('a', {
        containers: [container('a', { status: 'exited' })],
        history: { ...started, notBefore: NOW + 1 },
      }),
      {},
      'a backoff',
    ],
    [
      'ended by hand',
      child('a', { containers: [container('a', { status: 'exited' })], history: started }),
      { hands: new Map([['a-id', 'stopped' as const]]) },
      'a stopped',
    ],
    [
      'killed by hand: comes back',
      child('a', { containers: [container('a', { status: 'exited' })], history: started }),
      { hands: new Map([['a-id', 'killed' as const]]) },
      'a starting start',
    ],
    ['paused', child('a', { containers: [container('a', { status: 'paused' })] }), {}, 'a paused'],
    [
      'just being removed',
      child('a', { containers: [container('a', { status: 'removing' })] }),
      {},
      'a stopping',
    ],
    [
      'dead',
      child('a', { containers: [container('a', { status: 'dead' })] }),
      {},
      'a starting create',
    ],
    [
      'runs since before the node',
      child('a', { containers: [container('a', { startedAt: 900 })] }),
      {},
      'a starting reattach',
    ],
    [
      'ran since before the node, and was restarted: never again, whatever the clock says',
      child('a', {
        containers: [container('a', { startedAt: 900 })],
        history: { reattached: 'a-id' },
      }),
      {},
      'a running',
    ],
    [
      'runs, but is another',
      child('a', { containers: [container('a', { spec: 'old' })] }),
      {},
      'a starting create',
    ],
    [
      'runs, is another, and the image of the new one is missing: it runs on',
      child('a', {
        containers: [container('a', { spec: 'old' })],
        history: { started: true, image: { ready: false, failures: 1, notBefore: NOW + 1 } },
      }),
      {},
      'a running',
    ],
    [
      'runs, and nobody can tell yet what it should be',
      child('a', { wanted: undefined, containers: [container('a')] }),
      {},
      'a running',
    ],
    [
      'the image is missing',
      child('a', { history: { image: { ready: false, failures: 1, notBefore: NOW + 1 } } }),
      {},
      'a backoff',
    ],
    ['a role is missing', child('a', { settings: { needs: ['db'] } }), {}, 'a waiting (role db)'],
    [
      'the role is there',
      child('a', { settings: { needs: ['db'] } }),
      { hasRole: (role) => role === 'db' },
      'a starting create',
    ],
    [
      'the role went after the start',
      child('a', {
        settings: { needs: ['db'] },
        containers: [container('a', { status: 'exited' })],
        history: started,
      }),
      {},
      'a starting start',
    ],
    [
      'a step is under way',
      child('a', { busy: { state: 'pulling', since: NOW } }),
      {},
      'a pulling',
    ],
  ]
  for (const [name, view, rest, expected] of cases) {
    test(name, () => assert.deepEqual(shown(world([view], rest)), [expected]))
  }
})

describe('of several children', () => {
  test('the next goes when the one before has run', () => {
    const one = child('a', { containers: [container('a', { status: 'created' })] })
    assert.deepEqual(shown(world([one, child('b'), child('c')])), [
      'a starting start',
      'b waiting (child a)',
      'c waiting (child a)',
    ])
    const ran = child('a', { containers: [container('a')], history: { started: true } })
    assert.deepEqual(shown(world([ran, child('b'), child('c')])), [
      'a running',
      'b starting create',
      'c waiting (child b)',
    ])
  })

  const blocked: [string, ChildView][] = [
    ['waits for a role', child('a', { settings: { needs: ['x'] } })],
    [
      'has no image',
      child('a', { history: { image: { ready: false, failures: 1, notBefore: NOW + 9 } } }),
    ],
    ['failed to start', child('a', { history: { notBefore: NOW + 9, failures: 1 } })],
    [
      'is stopped by hand',
      child('a', { containers: [container('a', { status: 'exited', id: 'hand' })] }),
    ],
    ['pulls for a minute', child('a', { busy: { state: 'pulling', since: NOW - 60_000 } })],
    [
      'is up and only comes back',
      child('a', { history: { started: true }, busy: { state: 'starting', since: NOW } }),
    ],
  ]
  for (const [name, view] of blocked) {
    test(`one that ${name} does not hold up the next`, () => {
      const hands = new Map([['hand', 'stopped' as const]])
      const [, next] = shown(world([view, child('b')], { hands }))
      assert.equal(next, 'b starting create')
    })
    test(`one that ${name} holds up those that link to it unless it ran`, () => {
      const settings = { links: [{ child: 'a', alias: 'x' }] }
      const [, next] = shown(world([view, child('b', { settings })]))
      assert.equal(next, view.history.started ? 'b starting create' : 'b waiting (child a)')
    })
  }

  test('one that pulls holds up the next at first', () => {
    const first = child('a', { busy: { state: 'pulling', since: NOW - 1 } })
    assert.deepEqual(shown(world([first, child('b')]))[1], 'b waiting (child a)')
    assert.equal(plan(world([first])).wakeAt, NOW - 1 + 60_000)
  })

  test('all that lost the network of their node get it at once', () => {
    const stale = (name: string) =>
      child(name, { containers: [container(name, { startedAt: 900 })], history: { started: true } })
    assert.deepEqual(shown(world([stale('a'), stale('b')])), [
      'a starting reattach',
      'b starting reattach',
    ])
  })

  test('doubles go: the one that is up stays, then the right one, then the oldest', () => {
    const { steps } = plan(
      world([
        child('a', {
          history: { started: true },
          containers: [
            container('a', { id: 'old', status: 'exited', createdAt: 1 }),
            container('a', { id: 'second', createdAt: 3 }),
            container('a', { id: 'first', createdAt: 2 }),
            container('a', { id: 'wrong', createdAt: 1, spec: 'other' }),
          ],
        }),
      ]),
    )
    const removed = steps.map((step) => step.type === 'remove' && step.container.id)
    assert.deepEqual(removed, ['old', 'second', 'wrong'])
  })

  test('doubles that are all replaced go with that step and not besides it', () => {
    const containers = [container('a', { spec: 'old' }), container('a', { id: 'b', spec: 'old' })]
    const { steps } = plan(world([child('a', { containers })]))
    assert.deepEqual(
      steps.map((step) => step.type === 'create' && step.replaces.length),
      [2],
    )
  })

  test('what nobody wants goes, once', () => {
    const unwanted = [container('x'), container('y', { status: 'removing' })]
    const { steps } = plan(world([], { unwanted }))
    assert.deepEqual(
      steps.map(({ type, child }) => [type, child]),
      [['remove', 'x']],
    )
  })
})

describe('the node is up', () => {
  const up = (views: ChildView[], rest: Partial<World> = {}) => {
    const of = world(views, rest)
    return allUp(of, plan(of).decisions)
  }
  const good = child('a', { containers: [container('a')], history: { started: true, run: RUN } })

  test('without children', () => assert.equal(up([]), true))
  test('when all of them run', () => assert.equal(up([good, good]), true))
  test('not while one is paused, ended, or has no network', () => {
    for (const rest of [
      { status: 'paused' as const },
      { status: 'exited' as const },
      { startedAt: 1 },
    ]) {
      const bad = child('b', { containers: [container('b', rest)], history: { run: RUN } })
      assert.equal(up([good, bad]), false, JSON.stringify(rest))
    }
  })
  test('not before one that crashed has run as long as it was held back', () => {
    const run = { key: 'x', since: NOW, upAt: NOW + 1 }
    const fresh = child('b', { containers: [container('b')], history: { started: true, run } })
    assert.equal(up([fresh]), false)
    assert.equal(plan(world([fresh])).wakeAt, NOW + 1)
    assert.equal(up([fresh], { now: NOW + 1 }), true)
  })
})
