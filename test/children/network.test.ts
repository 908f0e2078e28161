import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import {
  childIn,
  docker,
  factsOf,
  interfacesOf,
  sleeper,
  startStandIn,
  supervise,
  sweep,
} from './stand-in.ts'

const SUITE = 'network'

describe('children of a node that restarts', { concurrency: 2 }, () => {
  before(() => sweep(SUITE))
  after(() => sweep(SUITE))

  test('that ran on with a dead network are on the new one within 5 s', async () => {
    const node = await startStandIn(SUITE)
    // The stubborn one ends on SIGKILL only.
    const children = [
      sleeper('app'),
      sleeper('stubborn', { init: false, stop_grace_period: undefined }),
    ]
    const first = node.supervise(children)
    await first.until('stubborn', { state: 'running' })
    await first.end()
    const before = await childIn(node.id)

    await docker.restartContainer(node.id, { timeoutS: 1 })
    const lost = await interfacesOf(before.get('app')?.Id ?? '')
    assert.deepEqual(lost, ['lo'])
    const start = performance.now()
    const second = supervise(await factsOf(node.id, SUITE), children)
    assert.equal(second.view().up, false)
    for (const name of ['app', 'stubborn']) {
      await eventually(async () => {
        const seen = await interfacesOf(before.get(name)?.Id ?? '')
        assert.ok(seen.includes('eth0'), `${name} sees ${seen}`)
      })
    }
    assert.ok(performance.now() - start < 5000, `took ${performance.now() - start} ms`)
    await eventually(() => assert.equal(second.view().up, true))
    const { restarts, last_reason } = second.status('app')
    assert.deepEqual([restarts, last_reason], [1, 'its node has a new network'])
    const { NetworkSettings } = await docker.inspectContainer(node.id)
    const me = (await docker.readFile(before.get('app')?.Id ?? '', '/me.json')) ?? ''
    assert.equal(JSON.parse(me).inspect.NetworkSettings.SandboxKey, NetworkSettings.SandboxKey)
    await second.end()
  })

  test('are stopped last to first, kept, and started again as the same containers', async () => {
    const node = await startStandIn(SUITE)
    const children = [sleeper('c1'), sleeper('c2')]
    const first = node.supervise(children)
    await first.until('c2', { state: 'running' })
    const before = await childIn(node.id)
    await first.stopAll({ deadlineMs: 8000 })
    const [c1, c2] = await Promise.all(
      ['c1', 'c2'].map((name) => docker.inspectContainer(before.get(name)?.Id ?? '')),
    )
    assert.equal(c1?.State.Running || c2?.State.Running, false)
    assert.ok((c2?.State.FinishedAt ?? '') < (c1?.State.FinishedAt ?? ''))

    await docker.restartContainer(node.id, { timeoutS: 1 })
    const start = performance.now()
    const second = supervise(await factsOf(node.id, SUITE), children)
    await second.until('c2', { state: 'running', restarts: 0 }, 5000)
    assert.ok(performance.now() - start < 5000)
    const now = await childIn(node.id)
    for (const name of ['c1', 'c2']) {
      assert.equal(now.get(name)?.Id, before.get(name)?.Id)
      assert.ok((await interfacesOf(now.get(name)?.Id ?? '')).includes('eth0'))
    }
    await second.end()
  })

  test('that do not want to end are ended within the deadline of the node', async () => {
    const node = await startStandIn(SUITE)
    const stubborn = { init: false, stop_grace_period: 30_000 }
    const run = node.supervise([sleeper('c1', stubborn), sleeper('c2', stubborn), sleeper('c3')])
    await run.until('c3', { state: 'running' })
    const start = performance.now()
    await run.stopAll({ deadlineMs: 3500 })
    assert.ok(performance.now() - start < 4000, `took ${performance.now() - start} ms`)
    for (const { State } of (await childIn(node.id)).values()) assert.equal(State, 'exited')
  })

  test('are all down after a stop at any moment of their start', async () => {
    for (const ms of [0, 40, 120, 250, 400]) {
      const node = await startStandIn(SUITE)
      const run = node.supervise([sleeper('c1'), sleeper('c2')])
      await new Promise((resolve) => setTimeout(resolve, ms))
      await run.stopAll({ deadlineMs: 8000 })
      const states = [...(await childIn(node.id)).values()].map(({ State }) => State)
      assert.ok(!states.includes('running'), `after ${ms} ms: ${states}`)
      await docker.removeContainer(node.id, { force: true })
    }
  })
})
