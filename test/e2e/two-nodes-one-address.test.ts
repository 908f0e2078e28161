import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addressOf, resolved, testCluster, untilResolved } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

describe('a node that gets the address of one that was killed', () => {
  const cluster = testCluster('address')
  const network = cluster.cluster
  const args = ['--network', network, '--ip', '10.213.77.9']
  before(async () => {
    await tryDocker(['network', 'rm', network])
    await docker('network', 'create', '--subnet', '10.213.77.0/28', network)
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await docker('network', 'rm', network)
  })

  test('has its own name at once, and the name of the dead leads to nobody', async () => {
    const witness = await cluster.start('witness', { args: ['--network', network] })
    const dead = await cluster.start('dead', { role: 'dead', args })
    const address = await addressOf(dead)
    await untilResolved(witness, 'dead', address)

    await docker('rm', '-fv', dead)
    const heir = await cluster.start('heir', { role: 'heir', args })
    assert.equal(await addressOf(heir), address)
    // In one look: a moment later Serf, too, has noticed that the old one is dead.
    const hosts = await eventually(
      async () => {
        const found = await inside(witness, 'cat', '/etc/hosts')
        if (!/ heir\s/.test(found)) throw new Error(`heir is not in ${found}`)
        return found
      },
      { within: 20_000, every: 50 },
    )
    assert.doesNotMatch(hosts, / dead\s/)
    await untilResolved(witness, 'heir', address)
    await untilResolved(heir, 'heir', address)
    assert.equal(await resolved(heir, 'dead'), undefined)
  })
})
