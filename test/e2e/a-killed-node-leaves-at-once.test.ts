import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  addressOf,
  resolved,
  testCluster,
  untilMembers,
  untilResolved,
} from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'

/** Serf alone needs five seconds at the very least. */
const AT_ONCE_MS = 2_500

describe('a node whose container is killed', () => {
  const cluster = testCluster('killed')
  let witnesses: string[] = []
  let victim = ''
  const goneOrBack = (address: string | undefined, within: number) =>
    Promise.all(witnesses.map((node) => untilResolved(node, 'victim', address, within)))

  before(async () => {
    witnesses = [await cluster.start('one'), await cluster.start('two')]
    victim = await cluster.start('victim', { role: 'victim' })
    await untilMembers(victim, 3)
    await goneOrBack(await addressOf(victim), 20_000)
  })
  after(() => cluster[Symbol.dispose]())

  test('is out of the hosts files of its engine long before Serf misses it', async () => {
    await docker('kill', victim)
    await goneOrBack(undefined, AT_ONCE_MS)
    const members = await inside(witnesses[0] ?? '', 'serf', 'members')
    assert.match(members, /victim\S*\s+\S+\s+alive/, 'Serf has not noticed yet')
  })

  test('is found again when it is started, at another address too', async () => {
    // Takes the address that the victim had.
    const heir = await cluster.start('heir', { role: 'heir' })
    await docker('start', victim)
    const address = await addressOf(victim)
    await goneOrBack(address, 10_000)
    await untilMembers(victim, 4)
    await goneOrBack(address, 1_000)
    assert.equal(await resolved(victim, 'heir'), await addressOf(heir))
  })
})
