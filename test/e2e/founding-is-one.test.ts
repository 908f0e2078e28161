import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { pause } from '../../src/lib/wait.ts'
import { testCluster, untilMembers } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

const ROUNDS = 30
// The gap decides who meets whom: together, while the first founds, or just after.
const GAPS_MS = [0, 40, 150]

describe('nodes started at the same moment on one engine', () => {
  const cluster = testCluster('founding')
  after(() => cluster[Symbol.dispose]())

  const locks = (name: string): Promise<string> =>
    docker(
      'ps',
      '-aq',
      ...['--filter', 'label=io.serfnode.helper=founding'],
      ...['--filter', `label=io.serfnode.cluster=${name}`],
    )

  const round = async (number: number): Promise<string[]> => {
    const name = `${cluster.cluster}-${number}`
    const gap = GAPS_MS[number % GAPS_MS.length] ?? 0
    const nodes = await Promise.all(
      [0, 1, 2].map(async (at) => {
        await pause(at * gap)
        return cluster.start(`${number}-${at}`, { env: { SERFNODE_CLUSTER: name } })
      }),
    )
    for (const node of nodes) await untilMembers(node, 3)
    const secrets = await Promise.all(
      nodes.map((node) => inside(node, 'cat', '/var/lib/serfnode/secret.json')),
    )
    assert.equal(new Set(secrets).size, 1, `round ${number}: one secret`)
    await eventually(async () => assert.equal(await locks(name), ''), { within: 5_000 })
    return nodes
  }

  test(`end in one cluster, ${ROUNDS} times, and leave no lock behind`, async () => {
    let removed: Promise<unknown> = Promise.resolve()
    for (let number = 0; number < ROUNDS; number++) {
      const nodes = await round(number)
      await removed
      // Beside the next round, which is a cluster of its own.
      removed = tryDocker(['rm', '-fv', ...nodes])
    }
    await removed
  })
})
