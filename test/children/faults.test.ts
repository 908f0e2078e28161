import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connectDocker } from '../../src/docker/client.ts'
import { type DockerProxy, startDockerProxy } from '../support/docker-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { childIn, docker, sleeper, startStandIn, sweep } from './stand-in.ts'

const SUITE = 'faults'

describe('an engine that misbehaves', { concurrency: 2 }, () => {
  const proxies: DockerProxy[] = []
  let opened = 0
  const open = async () => {
    const socketPath = join(tmpdir(), `sntest-children-${process.pid}-${opened}.sock`)
    opened += 1
    const proxy = await startDockerProxy({ socketPath })
    proxies.push(proxy)
    return { proxy, docker: connectDocker({ socketPath, timeoutMs: 1000 }) }
  }
  before(() => sweep(SUITE))
  after(async () => {
    for (const proxy of proxies) await proxy.close()
    await sweep(SUITE)
  })

  test('loses the answers to create and start: one child, running', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    engine.proxy.fault({ path: /\/create/, fault: { type: 'lose-answer' }, times: 2 })
    engine.proxy.fault({ path: /\/start/, fault: { type: 'lose-answer' }, times: 1 })
    const run = node.supervise([sleeper('c1'), sleeper('c2')], engine)
    await run.until('c2', { state: 'running' })
    await run.until('c1', { state: 'running' })
    assert.equal(
      (await docker.listContainers({ all: true, labels: [`io.serfnode.owner=${node.id}`] })).length,
      2,
    )
    await run.end()
  })

  test('answers 500 for a while: said once, nothing doubled, all up afterwards', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    engine.proxy.fault({
      path: /^\/(containers|events|images)/,
      fault: { type: 'status', status: 500 },
    })
    const run = node.supervise([sleeper('app')], engine)
    await eventually(() => assert.match(run.view().trouble ?? '', /fault/))
    await eventually(() =>
      assert.ok(engine.proxy.seen.length > 8, `${engine.proxy.seen.length} calls`),
    )
    engine.proxy.heal()
    await run.until('app', { state: 'running' }, 15_000)
    assert.equal(run.view().trouble, undefined)
    const said = run.log.lines.filter(({ message }) => /cannot be looked after/.test(message))
    assert.ok(said.length <= 2, JSON.stringify(said))
    assert.equal((await childIn(node.id)).size, 1)
    await run.end()
  })

  test('cuts its events off: a child that ends meanwhile is seen and started again', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    const run = node.supervise([sleeper('app')], engine)
    await run.until('app', { state: 'running' })
    const heal = engine.proxy.fault({ path: /^\/events/, fault: { type: 'drop' } })
    engine.proxy.cut()
    await docker.killContainer(`app_app_${node.name}`)
    heal()
    await run.until('app', { state: 'running', restarts: 1 })
    await run.end()
  })

  test('takes its time over a start that the stop of the node meets: the child does not come up after', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    engine.proxy.fault({ path: /\/start/, fault: { type: 'delay', ms: 700 } })
    const run = node.supervise([sleeper('app')], engine)
    await eventually(
      () =>
        assert.equal(
          engine.proxy.seen.some((call) => /\/start/.test(call)),
          true,
        ),
      {
        every: 5,
      },
    )
    await run.stopAll({ deadlineMs: 8000 })
    const child = await docker.inspectContainer(`app_app_${node.name}`)
    assert.equal(child.State.Status, 'exited')
  })

  test('answers 500 once at the stop of the node: the children are stopped all the same', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    const run = node.supervise([sleeper('app')], engine)
    await run.until('app', { state: 'running' })
    const list = { path: /^\/containers\/json/, times: 1 }
    engine.proxy.fault({ ...list, fault: { type: 'status', status: 500 } })
    engine.proxy.fault({ ...list, fault: { type: 'hang' } })
    await run.stopAll({ deadlineMs: 8000 })
    const child = await docker.inspectContainer(`app_app_${node.name}`)
    assert.equal(child.State.Status, 'exited')
    const said = run.log.lines.filter(({ message }) => /stopped/.test(message))
    assert.deepEqual(
      said.map(({ message }) => message),
      ['the children are stopped'],
    )
  })

  test('hangs: the view stays as it was, and a stop of the node does not hang with it', async () => {
    const node = await startStandIn(SUITE)
    const engine = await open()
    const run = node.supervise([sleeper('app')], { ...engine, relistMs: 200 })
    await eventually(() => assert.equal(run.view().up, true))
    engine.proxy.fault({ path: /./, fault: { type: 'hang' } })
    await eventually(() => assert.match(run.view().trouble ?? '', /no answer/))
    assert.equal(run.view().up, true)
    const start = performance.now()
    await run.stopAll({ deadlineMs: 3000 })
    assert.ok(performance.now() - start < 3500)
  })
})
