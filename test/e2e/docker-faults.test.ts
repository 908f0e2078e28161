import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { pause } from '../../src/lib/wait.ts'
import { aliveMembers, BASE, testCluster, untilMembers, untilState } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { type DockerProxy, startDockerProxy } from '../support/docker-proxy.ts'
import { eventually } from '../support/eventually.ts'
import {
  childStatusOf,
  hasPath,
  lifeOf,
  logOf,
  servicePid,
  timesSaid,
  untilChild,
} from '../support/node.ts'

const sleeper = { image: BASE, command: 'sleep 1d', init: true }
const yml = JSON.stringify({ children: [{ one: sleeper }, { two: sleeper }] })

describe('a node whose Docker socket is faulty', () => {
  const cluster = testCluster('faults')
  // The folder and not the socket is mounted, so that a new socket in it is seen.
  const folder = join(cluster.folder, 'engine')
  const socketPath = join(folder, 'docker.sock')
  let proxy: DockerProxy
  let nodes = 0

  before(async () => {
    mkdirSync(folder)
    proxy = await startDockerProxy({ socketPath })
  })
  afterEach(() => proxy.heal())
  after(async () => {
    cluster[Symbol.dispose]()
    await proxy.close()
  })

  const start = async (): Promise<string> => {
    const env = { DOCKER_SOCKET: '/engine/docker.sock' }
    const args = ['-v', `${folder}:/engine`]
    const name = `node-${nodes++}`
    await cluster.start(name, { yml, socket: false, env, args })
    return name
  }
  const untilRunning = async (name: string, within = 30_000): Promise<void> => {
    for (const child of ['one', 'two'])
      await untilState(cluster.child(name, child), 'running', within)
  }
  /** One container for each child, and the first agent still alive. */
  const assertWhole = async (name: string, agent?: string): Promise<void> => {
    const node = cluster.container(name)
    for (const child of ['one', 'two']) await untilChild(node, child, { state: 'running' })
    const id = await docker('inspect', '-f', '{{.Id}}', node)
    const filters = ['--filter', `label=io.serfnode.owner=${id}`]
    const children = await docker('ps', '-a', ...filters, '--format', '{{.Names}}')
    assert.deepEqual(
      children.split('\n').sort(),
      ['one', 'two'].map((child) => cluster.child(name, child)),
    )
    assert.equal(await servicePid(node, 'agent'), agent ?? (await firstAgent(name)))
  }
  // A supervised agent that was never started again has the count 0.
  const firstAgent = async (name: string): Promise<string> => {
    const node = cluster.container(name)
    const deaths = await inside(node, 's6-svdt', '/run/service/agent')
    assert.equal(deaths, '')
    return servicePid(node, 'agent')
  }

  test('comes up when every answer is slow', async () => {
    proxy.fault({ path: /./, fault: { type: 'delay', ms: 200 } })
    const name = await start()
    await untilRunning(name)
    proxy.heal()
    await assertWhole(name)
  })

  test('makes each child once when the engine answers 500 and loses answers', async () => {
    const times = 3
    const lost = { type: 'lose-answer' } as const
    const failure = { type: 'status', status: 500 } as const
    proxy.fault({ method: 'GET', path: /^\/containers\/json/, fault: failure, times })
    proxy.fault({ method: 'POST', path: /^\/containers\/create/, fault: failure, times: 1 })
    proxy.fault({ method: 'POST', path: /^\/containers\/create/, fault: lost, times })
    proxy.fault({ method: 'POST', path: /^\/containers\/\w+\/start/, fault: failure, times })
    proxy.fault({ method: 'POST', path: /^\/containers\/\w+\/start/, fault: lost, times })
    proxy.fault({ method: 'GET', path: /^\/images\//, fault: { type: 'drop' }, times })
    const name = await start()
    await untilRunning(name)
    await assertWhole(name)
  })

  test('goes on when answers hang, end in the middle, and events break off', async () => {
    const name = await start()
    await untilRunning(name)
    await assertWhole(name)
    proxy.fault({ path: /^\/events/, fault: { type: 'drop' }, times: 3 })
    proxy.fault({ path: /^\/containers\/json/, fault: { type: 'truncate', bytes: 20 }, times: 5 })
    proxy.fault({ path: /^\/containers\/\w+\/json/, fault: { type: 'hang' }, times: 2 })
    proxy.cut()
    await docker('kill', cluster.child(name, 'one'))
    await untilRunning(name)
    await assertWhole(name)
  })

  test('founds no second cluster because the engine hides the one that is there', async () => {
    const there = await cluster.start('there')
    await inside(there, '/me')
    const isReading = /^\/containers\/\w+\/(archive|exec)/
    proxy.fault({ path: isReading, fault: { type: 'status', status: 500 } })
    const before = proxy.seen.length
    const name = await start()
    await eventually(() => {
      const paths = proxy.seen.slice(before).map((one) => one.split(' ')[1] ?? '')
      const tries = paths.filter((path) => isReading.test(path)).length
      assert.ok(tries > 10, `${tries} tries to read`)
    })
    const node = cluster.container(name)
    assert.equal(await hasPath(node, '/var/lib/serfnode/secret.json'), false)
    proxy.heal()
    await eventually(
      async () => assert.deepEqual(await aliveMembers(node), await aliveMembers(there)),
      { within: 20_000, every: 100 },
    )
    assert.equal(
      await inside(node, 'cat', '/var/lib/serfnode/secret.json'),
      await inside(there, 'cat', '/var/lib/serfnode/secret.json'),
    )
  })

  test('leaves the children alone while the engine is away, says so once, and sees after it again', async () => {
    const name = await start()
    const node = cluster.container(name)
    const [one, two] = ['one', 'two'].map((child) => cluster.child(name, child)) as [string, string]
    await untilRunning(name)
    await untilChild(node, 'two', { state: 'running' })
    const agent = await servicePid(node, 'agent')
    const life = await lifeOf(one)

    await proxy.close()
    const other = await cluster.start(`other-${name}`)
    await docker('kill', two)
    // Time for many tries; nothing marks the end of being away but its end.
    await pause(5_000)
    // Membership does not need the engine.
    assert.deepEqual(await aliveMembers(node), await aliveMembers(other))

    proxy = await startDockerProxy({ socketPath })
    await untilState(two, 'running')
    await assertWhole(name, agent)
    assert.equal(await lifeOf(one), life)
    const log = await logOf(node)
    await eventually(async () => {
      assert.equal(timesSaid(await logOf(node), /the children are looked after again/), 1)
    })
    assert.equal(timesSaid(log, /the children cannot be looked after/), 1)
  })
})

describe('a node without a Docker socket', () => {
  const cluster = testCluster('blind')
  after(() => cluster[Symbol.dispose]())

  test('says once what to add, is a member, and tells why its children do not start', async () => {
    const a = await cluster.start('a')
    await inside(a, '/me')
    const token = await inside(a, 'serfnode', 'token')
    const blind = await cluster.start('blind', {
      yml,
      socket: false,
      env: { SERFNODE_TOKEN: token },
    })
    await untilMembers(a, 2)
    await untilMembers(blind, 2)
    const log = await logOf(blind)
    assert.equal(timesSaid(log, /no Docker socket.*add -v \/var\/run\/docker\.sock/), 1)
    const { state, last_reason } = await childStatusOf(blind, 'one')
    assert.equal(state, 'waiting')
    assert.match(last_reason ?? '', /no Docker socket/)
  })
})
