import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Scenario } from '../../bench/kit/context.ts'
import { type RunOptions, runScenarios } from '../../bench/kit/run-scenarios.ts'
import { start } from '../../bench/scenarios/start.ts'
import { IMAGE } from '../support/cluster.ts'
import { docker, TEST_LABEL } from '../support/docker.ts'

const options: RunOptions = {
  socketPath: '/var/run/docker.sock',
  runs: 1,
  quick: true,
  step: (_, work) => work(() => {}),
  signal: new AbortController().signal,
}

/** It starts what a stop has to take back, and never comes to its end. */
const endless = (begun: () => void): Scenario => ({
  name: 'endless',
  title: 'a scenario that looks at no signal',
  run: async ({ cluster }) => {
    const label = `${TEST_LABEL}=${cluster.cluster}`
    await docker('network', 'create', '--label', label, `${cluster.cluster}-net`)
    await docker('run', '-d', '--label', label, '--entrypoint', 'sleep', IMAGE, '1d')
    begun()
    return new Promise(() => {})
  },
})

const broken: Scenario = {
  name: 'broken',
  title: 'a scenario that fails',
  run: async () => {
    throw new Error('it cannot be measured')
  },
}

describe('the bench', () => {
  test('measures a real node beside a plain container, goes on after a failure, and leaves nothing', async () => {
    const [failed, measured] = await runScenarios([broken, start], options)
    assert.equal(failed?.failed, 'it cannot be measured')
    assert.equal(measured?.failed, undefined)
    const [figure, more] = measured?.figures ?? []
    const [node = 0] = figure?.samples ?? []
    const [plain = 0] = figure?.plain?.samples ?? []
    assert.ok(plain > 0 && node > plain && node < 30, `${plain} s, ${node} s`)
    assert.deepEqual(more?.samples, [node - plain])
    const steps = Object.entries(figure?.steps ?? {})
    assert.ok(steps.length > 5)
    for (const [step, [at = -1]] of steps) assert.ok(at > 0, `${step} was not seen`)
    const label = 'io.serfnode.test=sntest-bench-start'
    assert.equal(await docker('ps', '-aq', '--filter', `label=${label}`), '')
    const owned = 'io.serfnode.cluster=sntest-bench-start'
    assert.equal(await docker('ps', '-aq', '--filter', `label=${owned}`), '')
  })
  test('ends at once what it has begun when it is stopped, and removes it', async () => {
    const stop = new AbortController()
    const scenario = endless(() => stop.abort())
    const results = await runScenarios([scenario, broken], { ...options, signal: stop.signal })
    assert.deepEqual(
      results.map(({ failed }) => failed),
      ['interrupted'],
    )
    const filter = ['--filter', `label=${TEST_LABEL}=sntest-bench-endless`]
    assert.equal(await docker('ps', '-aq', ...filter), '')
    assert.equal(await docker('network', 'ls', '-q', ...filter), '')
  })
})
