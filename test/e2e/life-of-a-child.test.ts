import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  addressOf,
  BASE,
  IMAGE,
  SOCKET,
  stateOf,
  testCluster,
  untilMembers,
  untilResolved,
  untilState,
} from '../support/cluster.ts'
import { docker, inside, inspect, TEST_LABEL, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { idOf, interfacesOf, killServices, lifeOf, untilChild } from '../support/node.ts'

const NETWORK_BACK_MS = 5_000

const hasNetwork = (child: string, within = NETWORK_BACK_MS) =>
  eventually(
    async () => {
      const found = await interfacesOf(child)
      if (!found.includes('eth0')) throw new Error(`${child} has ${found.join(', ')}`)
    },
    { within, every: 100 },
  )

const volumeThere = async (name: string): Promise<boolean> =>
  (await tryDocker(['volume', 'inspect', name])).code === 0

describe('the children of a node', () => {
  const cluster = testCluster('life')
  const data = `${cluster.cluster}-data`
  const file = join(cluster.folder, 'serfnode.yml')
  const first = cluster.child('own', 'first')
  const second = cluster.child('own', 'second')
  const children = [first, second]
  let own: string
  let other: string

  const child = { image: BASE, command: 'sleep 1d', init: true }
  const firstOne = { first: { ...child, volumes: [`${data}:/data`] } }
  const write = (...list: object[]): void => writeFileSync(file, JSON.stringify({ children: list }))
  const startOwn = (): Promise<string> =>
    cluster.start('own', { role: 'own', args: ['-v', `${file}:/serfnode.yml:ro`] })
  const ids = (): Promise<string[]> => Promise.all(children.map(idOf))
  const lives = (): Promise<string[]> => Promise.all(children.map(lifeOf))
  const untilUp = async (): Promise<void> => {
    for (const one of children) await untilState(one, 'running')
    await untilResolved(other, 'own', await addressOf(own))
  }

  before(async () => {
    write(firstOne, { second: child })
    own = await startOwn()
    other = await cluster.start('other', { role: 'other' })
    await untilMembers(other, 2)
    await untilUp()
    await inside(first, 'sh', '-c', 'echo kept > /layer; echo kept > /data/volume')
  })
  after(() => cluster[Symbol.dispose]())

  /** Each has a network soon, and the name of another node's role in it. */
  const untilConnected = async (): Promise<void> => {
    await Promise.all(children.map((one) => hasNetwork(one)))
    for (const one of children) await untilResolved(one, 'other', await addressOf(other))
    assert.equal(await inside(first, 'cat', '/layer', '/data/volume'), 'kept\nkept')
  }

  test('are stopped in reverse order with it and kept, and come back with it as they were', async () => {
    const before = await ids()
    await docker('stop', own)
    const ends = await Promise.all(
      children.map(async (one) => Date.parse((await inspect(one)).State.FinishedAt)),
    )
    const [firstEnd = 0, secondEnd = 0] = ends
    assert.ok(secondEnd < firstEnd, `first ended at ${firstEnd}, second at ${secondEnd}`)
    for (const one of children) assert.equal(await stateOf(one), 'exited')

    await docker('start', own)
    for (const one of children) await untilState(one, 'running', NETWORK_BACK_MS)
    await untilConnected()
    assert.deepEqual(await ids(), before)
  })

  test('are the same after a restart of it', async () => {
    const before = await ids()
    await docker('restart', own)
    await untilConnected()
    assert.deepEqual(await ids(), before)
  })

  test('do not notice that its agent is killed, again and again, nor does anybody else', async () => {
    await untilUp()
    const before = await lives()
    const members = await untilMembers(other, 2)
    const lost = await whileWatching([[other, 'own']], async () => {
      for (let times = 0; times < 4; times++) await killServices(own, 'agent')
      await untilChild(own, 'second', { state: 'running' })
    })
    assert.deepEqual(lost, [''])
    assert.deepEqual(await lives(), before)
    for (const node of [own, other]) assert.deepEqual(await untilMembers(node, 2), members)
  })

  for (const [what, services] of [
    ['its serf is', ['serf']],
    ['its serf and its agent are', ['serf', 'agent']],
  ] as const) {
    test(`do not notice that ${what} killed, and no name is lost meanwhile`, async () => {
      await untilUp()
      const before = await lives()
      const members = await untilMembers(own, 2)
      const names: [string, string][] = [
        [first, 'other'],
        [other, 'own'],
      ]
      const lost = await whileWatching(names, async () => {
        await killServices(own, ...services)
        assert.deepEqual(await untilMembers(own, 2, 5_000), members)
        assert.deepEqual(await untilMembers(other, 2, 5_000), members)
        // Time for the agent to make something of it.
        await untilResolved(own, 'other', await addressOf(other))
      })
      assert.deepEqual(lost, ['', ''])
      assert.deepEqual(await lives(), before)
    })
  }

  test('get a network again when it was killed and is started', async () => {
    const before = await ids()
    await docker('kill', own)
    for (const one of children) assert.equal(await stateOf(one), 'running')
    await docker('start', own)
    await untilConnected()
    assert.deepEqual(await ids(), before)
    await untilUp()
  })

  test('are replaced one by one: only the one whose text changed', async () => {
    await untilUp()
    const [firstLife] = await lives()
    const [, secondId] = await ids()
    write(firstOne, { second: { ...child, environment: { CHANGED: 'yes' } } })
    await inside(own, 's6-svc', '-r', '/run/service/agent')
    await eventually(async () => assert.equal(await inside(second, 'printenv', 'CHANGED'), 'yes'), {
      within: 15_000,
      every: 100,
    })
    assert.notEqual(await idOf(second), secondId)
    assert.equal(await lifeOf(first), firstLife)
  })

  test('are removed by the next node of its name when it is gone, with its anonymous volume', async () => {
    await untilUp()
    const before = await ids()
    const { Mounts } = await inspect(own)
    const shared = Mounts.find(
      ({ Destination }: { Destination: string }) => Destination === '/serfnode',
    )
    await docker('rm', '-f', own)
    // The second is not wanted any more: nothing but its node's name tells whose it was.
    write(firstOne)
    own = await startOwn()
    for (const id of before) await untilState(id, 'absent')
    await eventually(async () => assert.equal(await volumeThere(shared.Name), false))
    await untilState(first, 'running')
    assert.equal(await inside(first, 'cat', '/data/volume'), 'kept')
    assert.equal((await tryDocker(['exec', first, 'test', '-e', '/layer'])).code, 1)
  })

  test('go with `serfnode rm`, and with `serfnode gc` once it is gone; the named volume stays', async () => {
    const serfnode = (...command: string[]): Promise<string> =>
      docker(
        'run',
        '--rm',
        ...['--label', `${TEST_LABEL}=${cluster.cluster}`],
        ...SOCKET,
        IMAGE,
        ...command,
      )
    const removed = await serfnode('rm', own)
    assert.deepEqual(removed.split('\n').sort(), [first, own].sort())
    for (const one of [first, own]) assert.equal(await stateOf(one), 'absent')

    write(firstOne, { second: child })
    own = await startOwn()
    await untilUp()
    await docker('rm', '-f', own)
    await serfnode('gc', '--cluster', cluster.cluster)
    for (const one of children) assert.equal(await stateOf(one), 'absent')
    assert.equal(await volumeThere(data), true)
  })
})

/** Asks for the names in the containers without a pause during `act`; then what was wrong. */
const whileWatching = async (
  names: readonly [container: string, name: string][],
  act: () => Promise<void>,
): Promise<string[]> => {
  const stop = '/tmp/stop-watching'
  const looking = names.map(([container, name]) => {
    const look = `getent -s files hosts ${name} >/dev/null || echo lost; sleep 0.05`
    return docker('exec', container, 'sh', '-c', `until [ -e ${stop} ]; do ${look}; done`)
  })
  try {
    await act()
  } finally {
    for (const [container] of names) await inside(container, 'touch', stop)
    await Promise.allSettled(looking)
    for (const [container] of names) await inside(container, 'rm', stop)
  }
  return Promise.all(looking)
}
