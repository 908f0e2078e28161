import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { BASE, stateOf, testCluster, untilState } from '../support/cluster.ts'
import { docker, inspect, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { idOf, untilChild } from '../support/node.ts'

describe('a node that runs with `docker run --rm`', () => {
  const cluster = testCluster('with-rm')
  const named = `${cluster.cluster}-named`
  const store = cluster.child('node', 'store')
  const user = cluster.child('node', 'user')
  let node: string

  const child = { image: BASE, command: 'sleep 1d', init: true }
  const untilUp = async (): Promise<void> => {
    for (const name of ['store', 'user']) await untilChild(node, name, { state: 'running' })
  }
  const isVolume = async (name: string): Promise<boolean> =>
    (await tryDocker(['volume', 'inspect', name])).code === 0

  before(async () => {
    const yml = JSON.stringify({
      children: [
        { store: { ...child, volumes: [`${named}:/named`, '/anonymous'] } },
        { user: { ...child, volumes_from: 'store' } },
      ],
    })
    node = await cluster.start('node', { role: 'short', yml, args: ['--rm'] })
    await untilUp()
  })
  after(() => cluster[Symbol.dispose]())

  test('keeps its children over `docker restart`', async () => {
    const ids = await Promise.all([store, user].map(idOf))
    await docker('restart', node)
    await untilUp()
    assert.deepEqual(await Promise.all([store, user].map(idOf)), ids)
  })

  test('takes them and their anonymous volumes along when it is stopped; named ones stay', async () => {
    const { Id, Mounts } = await inspect(node)
    const mounts = [...Mounts, ...(await inspect(store)).Mounts]
    const volumes = [...new Set(mounts.flatMap(({ Name }) => Name ?? []))].filter(
      (name) => name !== named,
    )
    assert.equal(volumes.length, 2)
    await docker('stop', node)
    await untilState(node, 'absent')
    assert.equal(await docker('ps', '-aq', '--filter', `label=io.serfnode.owner=${Id}`), '')
    assert.deepEqual([await stateOf(store), await stateOf(user)], ['absent', 'absent'])
    await eventually(async () => {
      const left = await Promise.all(volumes.map(isVolume))
      assert.ok(!left.includes(true), `volumes left: ${volumes.filter((_, at) => left[at])}`)
    })
    assert.equal(await isVolume(named), true)
  })
})
