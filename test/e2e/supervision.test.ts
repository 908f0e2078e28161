import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  addressOf,
  BASE,
  resolved,
  stateOf,
  testCluster,
  untilMembers,
  untilResolved,
  untilState,
} from '../support/cluster.ts'
import { docker, inside, inspect, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { childStatusOf, hasPath, logOf, timesSaid, untilChild, untilSaid } from '../support/node.ts'

const sleeper = { image: BASE, command: 'sleep 1d', init: true }
const ymlOf = (children: object): string => JSON.stringify({ children })

/** When the engine saw a container do something, in ms, oldest first. */
const timesOf = async (container: string, event: 'start' | 'die'): Promise<number[]> => {
  const until = String(Math.ceil(Date.now() / 1000))
  const filters = ['--filter', `container=${container}`, '--filter', `event=${event}`]
  const format = ['--format', '{{.TimeNano}}']
  const lines = await docker('events', '--since', '10m', '--until', until, ...filters, ...format)
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line) / 1e6)
}

describe('a child that ends', () => {
  const cluster = testCluster('restarts')
  after(() => cluster[Symbol.dispose]())

  test('is started again at once, then after 100 ms doubling, and ps says why', async () => {
    const node = await cluster.start('node', {
      yml: ymlOf({ loop: { image: BASE, command: "sh -c 'exit 3'" }, good: sleeper }),
    })
    const loop = cluster.child('node', 'loop')
    const starts = await eventually(async () => {
      const found = await timesOf(loop, 'start')
      if (found.length < 6) throw new Error(`${found.length} starts`)
      return found
    })
    const ends = await timesOf(loop, 'die')
    const waits = starts.slice(1).map((start, at) => start - (ends[at] ?? 0))
    for (const [at, wait] of waits.entries()) {
      const least = 0.8 * 100 * 2 ** at
      assert.ok(wait >= least && wait < 2 * least + 1_500, `waits were ${waits.map(Math.round)}`)
    }
    const held = await eventually(async () => {
      const found = await childStatusOf(node, 'loop')
      if (found.state !== 'backoff') throw new Error(`it is ${found.state}`)
      return found
    })
    assert.match(held.last_reason ?? '', /exited with code 3/)
    assert.ok(held.restarts >= 5)
    assert.ok(Date.parse(held.next_try ?? '') > Date.parse(held.since))
    const [shown] = JSON.parse(await inside(node, 'serfnode', 'ps', '--json'))
    const inPs = shown.children.find(({ name }: { name: string }) => name === 'loop')
    assert.match(inPs.last_reason, /exited with code 3/)
    // One line for the loop, not one for each of its ends.
    assert.equal(timesSaid(await logOf(node), /child loop: exited with code 3/), 1)
    await untilChild(node, 'good', { state: 'running', restarts: 0 })
  })

  test('is back within a second when it was killed', async () => {
    const good = cluster.child('node', 'good')
    const before = await inspect(good)
    await docker('kill', good)
    const { State } = await eventually(async () => {
      const found = await inspect(good)
      if (found.State.StartedAt === before.State.StartedAt) throw new Error(found.State.Status)
      if (found.State.Status !== 'running') throw new Error(found.State.Status)
      return found
    })
    const [end] = await timesOf(good, 'die')
    const ms = Date.parse(State.StartedAt) - (end ?? 0)
    assert.ok(ms < 1_000, `it took ${ms} ms`)
  })
})

describe('a child that has to wait', () => {
  const cluster = testCluster('waits')
  const late = `${cluster.cluster}-late:1`
  let node: string
  before(async () => {
    node = await cluster.start('node', {
      yml: ymlOf([
        { missing: { image: late, command: 'sleep 1d', init: true } },
        { sibling: sleeper },
        { needy: { ...sleeper, needs: ['late'] } },
      ]),
    })
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await tryDocker(['rmi', late])
  })

  test('for its image is said once, holds up no sibling, and starts when the image is there', async () => {
    await untilChild(node, 'sibling', { state: 'running' })
    const held = await eventually(async () => {
      const found = await childStatusOf(node, 'missing')
      if (found.state !== 'backoff') throw new Error(`it is ${found.state}`)
      return found
    })
    assert.match(held.last_reason ?? '', new RegExp(`image ${late} is not here`))
    assert.ok(held.next_try)
    await docker('tag', BASE, late)
    await untilState(cluster.child('node', 'missing'), 'running')
    assert.equal(timesSaid(await logOf(node), /is not here/), 1)
  })

  test('for a role starts when the role is there', async () => {
    const needy = cluster.child('node', 'needy')
    await untilChild(node, 'needy', { state: 'waiting', waiting_for: ['role late'] })
    assert.equal(await stateOf(needy), 'absent')
    const other = await cluster.start('late', { role: 'late' })
    await untilState(needy, 'running')
    await untilResolved(needy, 'late', await addressOf(other))
  })
})

describe('a child', () => {
  const cluster = testCluster('child')
  const bare = `${cluster.cluster}-no-shell`
  let node: string
  const app = cluster.child('node', 'app')
  before(async () => {
    const folder = join(cluster.folder, 'no-shell')
    mkdirSync(folder)
    const shells = ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/bin/dash']
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM ${BASE}\nRUN ${JSON.stringify(['rm', '-f', ...shells])}\n`,
    )
    await docker('build', '-q', '-t', bare, folder)
    node = await cluster.start('node', {
      // As in 2015, and the socket besides.
      args: ['-v', '/:/host'],
      yml: ymlOf([
        { store: { ...sleeper, volumes: ['/store'] } },
        { app: { ...sleeper, links: ['store:warehouse'], volumes_from: ['store'] } },
        { bare: { image: bare, command: 'sleep 1d', init: true } },
      ]),
    })
    for (const name of ['store', 'app', 'bare']) await untilChild(node, name, { state: 'running' })
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await tryDocker(['rmi', '-f', bare])
  })

  test('finds its sibling by the name of the link', async () => {
    await untilResolved(app, 'warehouse', '127.0.0.1')
  })

  test('has the volumes of the sibling it names', async () => {
    await inside(cluster.child('node', 'store'), 'sh', '-c', 'echo here > /store/note')
    assert.equal(await inside(app, 'cat', '/store/note'), 'here')
  })

  test('is told who it is even when its image has no shell', async () => {
    const child = cluster.child('node', 'bare')
    assert.equal((await tryDocker(['exec', child, 'sh', '-c', ':'])).code, 126)
    const me = JSON.parse(await inside(child, 'cat', '/me.json'))
    const { Id, Image } = await inspect(child)
    // Of the member that it belongs to, as in 2015; which container it is stands below.
    assert.equal(me.id, JSON.parse(await inside(node, 'cat', '/me.json')).id)
    assert.deepEqual([me.inspect.Id, me.inspect.Image], [Id, Image])
    assert.equal(me.inspect.Config.Env, undefined)
    assert.equal(me.inspect.NetworkSettings.Networks.bridge.IPAddress, await addressOf(node))
  })

  test('has neither the Docker socket nor the host, though its node has both', async () => {
    assert.equal(await hasPath(node, '/var/run/docker.sock'), true)
    assert.equal(await hasPath(node, '/host/etc'), true)
    const found = ['find', '/', '-name', 'docker.sock', '-not', '-path', '/proc/*']
    assert.equal((await tryDocker(['exec', app, ...found])).stdout, '')
    assert.equal(await hasPath(app, '/host'), false)
    assert.equal(await hasPath(app, '/var/lib/serfnode'), false)
    const places = (await inspect(app)).Mounts.map(
      ({ Destination }: { Destination: string }) => Destination,
    )
    assert.deepEqual(places.sort(), ['/serfnode', '/store'])
  })

  test('cannot listen to the loopback that it shares', async () => {
    const status = await inside(app, 'cat', '/proc/1/status')
    const NET_RAW = 1n << 13n
    const capabilities = BigInt(`0x${/CapBnd:\s*(\w+)/.exec(status)?.[1]}`)
    assert.notEqual(capabilities, 0n)
    assert.equal(capabilities & NET_RAW, 0n)
  })
})

describe('a role', () => {
  const cluster = testCluster('role')
  after(() => cluster[Symbol.dispose]())

  test('has a name only while all children of its node run', async () => {
    const unsure = "sh -c 'test -e /serfnode/go || exit 1; exec sleep 1d'"
    const node = await cluster.start('node', {
      role: 'shop',
      yml: ymlOf([{ good: sleeper }, { unsure: { image: BASE, command: unsure, init: true } }]),
    })
    const other = await cluster.start('other', { role: 'guest' })
    await untilMembers(other, 2)
    await untilChild(node, 'good', { state: 'running' })
    await eventually(async () =>
      assert.equal((await childStatusOf(node, 'unsure')).restarts > 2, true),
    )
    // The node has told its own hosts file as much as everybody's.
    assert.equal(await resolved(other, 'shop'), undefined)
    assert.equal(await resolved(node, 'shop'), undefined)

    await inside(cluster.child('node', 'good'), 'touch', '/serfnode/go')
    await untilResolved(other, 'shop', await addressOf(node))
    await inside(cluster.child('node', 'good'), 'rm', '/serfnode/go')
    await docker('kill', cluster.child('node', 'unsure'))
    await untilResolved(other, 'shop', undefined)
  })

  test('with spaces stands in the files and in no hosts file, with one warning', async () => {
    const spaced = await cluster.start('spaced', {
      role: 'two words',
      env: { NODE_NAME: 'spaced' },
    })
    const guest = cluster.container('other')
    const byRole = await eventually(async () => {
      const found = JSON.parse(await inside(guest, 'cat', '/serfnodes_by_role.json'))
      assert.equal(Boolean(found['two words']), true)
      return found
    })
    assert.equal(byRole['two words'][0].name, 'spaced')
    await untilSaid(guest, /"two words".*not a host name/)
    for (const node of [guest, spaced]) {
      const hosts = await inside(node, 'cat', '/etc/hosts')
      assert.doesNotMatch(hosts, /two|words/)
      await untilResolved(node, 'guest', await addressOf(guest))
    }
    // Whoever writes over the file makes the node write it again, and not say it again.
    await inside(guest, 'sh', '-c', 'echo 127.0.0.1 localhost > /etc/hosts')
    await untilResolved(guest, 'guest', await addressOf(guest))
    assert.equal(timesSaid(await logOf(guest), /left_out.*two words/), 1)
  })
})
