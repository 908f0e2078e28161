import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCatalog, type ListedMember } from '../../src/catalog/catalog.ts'
import { listed } from './random.ts'

const open = (...members: ListedMember[]) => {
  const catalog = createCatalog({ self: listed(9).name })
  catalog.apply(members)
  const alive = () => catalog.snapshot().services.map(({ name }) => name)
  return { ...catalog, alive }
}
const startOf = ({ tags }: ListedMember) => Number(tags['timestamp'])

describe('a member that is known to be dead before Serf finds out', () => {
  const dead = listed(1)
  const { addr } = dead
  const later = startOf(dead) + 60

  test('has failed at once, and stays so when Serf lists it as alive', async () => {
    const catalog = open(dead, listed(2))
    const changes = catalog.changes(new AbortController().signal)
    catalog.bury([addr], later)
    assert.deepEqual(catalog.alive(), ['web-2'])
    for await (const change of changes) {
      assert.ok(change.type === 'member-failed' && change.member.id === dead.name)
      break
    }
    const { version } = catalog.snapshot()
    catalog.apply([dead, listed(2)])
    assert.deepEqual([catalog.alive(), catalog.snapshot().version], [['web-2'], version])
  })

  test('is what Serf says when Serf has found out', () => {
    const catalog = open(dead, listed(2))
    catalog.bury([addr], later)
    catalog.apply([{ ...dead, status: 'left' }, listed(2)])
    assert.equal(catalog.snapshot().counts.left, 1)
    catalog.apply([dead, listed(2)])
    assert.deepEqual(catalog.alive(), ['web-1', 'web-2'], 'Serf had seen it dead, and alive again')
  })

  test('is not the one who has its address since', () => {
    const next = { ...listed(2), addr }
    const catalog = open(dead, next)
    catalog.bury([addr], startOf(dead) + 0.5)
    assert.deepEqual(catalog.alive(), ['web-2'])
  })

  test('is never this node itself', () => {
    const catalog = open(listed(9), listed(2))
    catalog.bury([listed(9).addr], startOf(listed(9)) + 60)
    assert.deepEqual(catalog.alive(), ['web-2', 'web-9'])
  })

  test('leaves a catalog stale that was', () => {
    const catalog = open(dead, listed(2))
    catalog.markStale()
    catalog.bury([addr], later)
    assert.deepEqual([catalog.alive(), catalog.snapshot().stale], [['web-2'], true])
  })
})
