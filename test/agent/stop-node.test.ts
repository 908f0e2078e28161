import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stopNode } from '../../src/agent/stop-node.ts'
import { keptLog } from '../support/kept-log.ts'

type Options = Parameters<typeof stopNode>[0]

/** How long handlers were given for `stop`, of a node whose serf hangs. */
const settleMs = async (givenMs: number): Promise<number> => {
  let given = Number.NaN
  await stopNode({
    events: { stop: () => {}, settle: async () => {} },
    handlers: {
      settle: async (ms) => {
        given = ms
      },
    },
    membership: { tell: () => new Promise(() => {}) },
    own: { become: () => ({}) } as unknown as Options['own'],
    status: { set: () => {}, told: () => {} } as unknown as Options['status'],
    supervision: { givenMs, stop: async () => {}, done: Promise.resolve() },
    log: keptLog(),
  })
  return given
}

test('in a short stop neither a serf that hangs nor a handler takes all of the time', async () => {
  const began = performance.now()
  assert.ok((await settleMs(1_000)) < 100)
  assert.ok(performance.now() - began < 700)
})

test('handlers have 3 s for the event stop from when it is told', async () => {
  const ms = await settleMs(10_000)
  assert.ok(ms > 500 && ms < 2_050, `${ms}`)
})

test('what is to be told of the children is waited for once they are stopped, if there is time', async () => {
  const steps: string[] = []
  await stopNode({
    events: {
      stop: () => steps.push('stop'),
      settle: async (ms) => {
        steps.push(`settle ${ms}`)
      },
    },
    handlers: { settle: async () => {} },
    membership: { tell: async () => {} },
    own: { become: () => ({}) } as unknown as Options['own'],
    status: { set: () => {}, told: () => {} } as unknown as Options['status'],
    supervision: {
      givenMs: 500,
      stop: async () => {
        steps.push('children')
      },
      done: Promise.resolve(),
    },
    log: keptLog(),
  })
  assert.deepEqual(steps, ['stop', 'children', 'settle 150'])
})
