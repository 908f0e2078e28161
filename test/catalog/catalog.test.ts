import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCatalog, type ListedMember } from '../../src/catalog/catalog.ts'
import { createChance, HOSTILE, listed } from './random.ts'

const open = () => createCatalog({ self: 'web-1.000001' })

/** All changes from one list of members to the next; the joining of a last one ends them. */
const changesOf = async (
  before: readonly ListedMember[],
  after: readonly ListedMember[],
): Promise<string[]> => {
  const catalog = open()
  catalog.apply(before)
  const changes = catalog.changes(new AbortController().signal)
  catalog.apply(after)
  catalog.apply([...after, listed(999)])
  const seen: string[] = []
  for await (const change of changes) {
    assert.ok('member' in change)
    if (change.member.id === listed(999).name) break
    seen.push(`${change.type} ${change.member.name} ${change.member.status}`)
  }
  return seen
}

describe('the catalog', () => {
  test('takes some members alone: the others stay, and who is not listed any more is gone', () => {
    const catalog = open()
    const names = () => catalog.snapshot().members.map(({ name, status }) => `${name} ${status}`)
    catalog.apply([listed(1), listed(2), listed(3)])
    const [, second] = catalog.snapshot().members
    catalog.update([listed(1).name, listed(3).name], [listed(1, { status: 'failed' }), listed(9)])
    assert.deepEqual(names(), ['web-1 failed', 'web-2 alive'])
    assert.equal(catalog.snapshot().members[1], second)
    catalog.update([listed(4).name], [listed(4)])
    assert.deepEqual(names(), ['web-1 failed', 'web-2 alive', 'web-4 alive'])
  })

  test('is empty and stale before the first list', () => {
    const { version, self, members, services, stale } = open().snapshot()
    assert.deepEqual([version, self, members, services, stale], [0, 'web-1.000001', [], [], true])
  })

  test('shows members and the services of those alive', () => {
    const catalog = open()
    catalog.apply([listed(2), listed(1), listed(3, { status: 'failed' })])
    const { members, services, counts, stale, version } = catalog.snapshot()
    assert.deepEqual(
      members.map(({ name }) => name),
      ['web-1', 'web-2', 'web-3'],
    )
    assert.deepEqual(
      services.map(({ name }) => name),
      ['web-1', 'web-2'],
    )
    assert.deepEqual([counts.alive, counts.failed, counts.services], [2, 1, 2])
    assert.deepEqual([stale, version], [false, 1])
  })

  test('lets no name lead to a member whose address a newer one has', () => {
    const catalog = open()
    const at = { addr: '10.0.0.9', port: 7946 }
    const dead = listed(1, at)
    const hidden = listed(2, at)
    hidden.tags = { ...hidden.tags, timestamp: String(Number(dead.tags['timestamp']) + 60) }
    delete (hidden.tags as Record<string, string>)['service']
    catalog.apply([dead, hidden, listed(3)])
    const names = () => catalog.snapshot().services.map(({ name }) => name)
    assert.deepEqual(names(), ['web-3'])
    catalog.apply([dead, { ...hidden, status: 'failed' }, listed(3)])
    assert.deepEqual(names(), ['web-1', 'web-3'])
  })

  test('keeps its snapshot while nothing changes, in whatever order members are listed', () => {
    const catalog = open()
    const members = [listed(1), listed(2), listed(3)]
    catalog.apply(members)
    const first = catalog.snapshot()
    catalog.apply(members.map((member) => ({ ...member, tags: { ...member.tags } })).reverse())
    assert.equal(catalog.snapshot(), first)
  })

  test('keeps the objects of members that did not change', () => {
    const catalog = open()
    catalog.apply([listed(1), listed(2)])
    const first = catalog.snapshot()
    catalog.apply([listed(1), listed(2, { status: 'failed' })])
    assert.equal(catalog.snapshot().members[0], first.members[0])
    assert.equal(catalog.snapshot().services[0], first.services[0])
    assert.equal(first.members[1]?.status, 'alive', 'an old snapshot stays as it was')
  })

  test('gives snapshots that nobody can change', () => {
    const catalog = open()
    const mine = listed(1)
    catalog.apply([mine, listed(2, { tags: { role: '__proto__' } })])
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen))
    assert.ok(frozen(catalog.snapshot()))
    const before = catalog.snapshot()
    ;(mine.tags as Record<string, string>)['role'] = 'changed'
    catalog.apply([mine, listed(2, { tags: { role: '__proto__' } })])
    assert.equal(before.services[0]?.role, 'web')
    assert.equal(catalog.snapshot().services[0]?.role, 'changed')
  })

  test('takes a service away with the step in which its member fails, leaves or hides it', () => {
    for (const gone of [
      [listed(1, { status: 'failed' as const })],
      [listed(1, { status: 'leaving' as const })],
      [listed(1, { tags: { service: '' } })],
      [],
    ]) {
      const catalog = open()
      catalog.apply([listed(1)])
      catalog.apply(gone)
      assert.deepEqual(catalog.snapshot().services, [])
    }
  })

  test('stays as it was, and says so, while Serf does not answer', async () => {
    const catalog = open()
    catalog.apply([listed(1)])
    const { services } = catalog.snapshot()
    catalog.markStale()
    assert.equal(catalog.snapshot().stale, true)
    assert.deepEqual(catalog.snapshot().services, services)
    const stale = catalog.snapshot()
    catalog.markStale()
    assert.equal(catalog.snapshot(), stale)
    catalog.apply([listed(1)])
    assert.equal(catalog.snapshot().stale, false)
    assert.equal(catalog.snapshot().version, 3)
  })

  test('refuses one poisoned member of 50 and keeps the other 49, for every poison', () => {
    const honest = Array.from({ length: 49 }, (_, number) => listed(number + 1))
    const fields = ['name', 'role', 'ip', 'service', 'ports', 'serf_port', 'timestamp'] as const
    for (const poison of HOSTILE) {
      for (const field of fields) {
        const catalog = open()
        const bad = listed(50, { tags: { [field]: poison, evil: poison } })
        catalog.apply([...honest.slice(0, 25), bad, ...honest.slice(25)])
        const { services, members } = catalog.snapshot()
        const others = services.filter(({ id }) => id !== bad.name)
        assert.equal(others.length, 49, `${field}=${JSON.stringify(poison)}`)
        assert.equal(members.length, 50)
      }
    }
  })

  test('lets no refused member push out another by taking its address', () => {
    const catalog = open()
    const tags = { timestamp: '9999999999', role: '../x' }
    catalog.apply([listed(1), listed(2, { addr: listed(1).addr, tags })])
    assert.deepEqual(
      catalog.snapshot().services.map(({ id }) => id),
      [listed(1).name],
    )
  })

  test('counts whom it refused, by field, until they are gone or better', () => {
    const catalog = open()
    catalog.apply([
      listed(1, { tags: { role: 'localhost' } }),
      listed(2, { tags: { role: 'a\nb' } }),
      listed(3, { name: 'a\nb' }),
    ])
    const { refused, counts } = catalog.snapshot()
    assert.deepEqual(refused, [
      { id: 'a\\nb', reason: 'id' },
      { id: listed(1).name, reason: 'role' },
      { id: listed(2).name, reason: 'role' },
    ])
    assert.deepEqual([counts.refused.role, counts.refused.id, counts.refused.ports], [2, 1, 0])
    catalog.apply([listed(1)])
    assert.deepEqual(catalog.snapshot().refused, [])
    assert.equal(catalog.snapshot().services.length, 1)
  })
})

describe('changes of the catalog', () => {
  const cases: [string, ListedMember[], ListedMember, string[]][] = [
    ['a new member', [], listed(1), ['member-join web-1 alive']],
    ['a failure', [listed(1)], listed(1, { status: 'failed' }), ['member-failed web-1 failed']],
    ['a leave', [listed(1)], listed(1, { status: 'left' }), ['member-leave web-1 left']],
    [
      'the beginning of a leave',
      [listed(1)],
      listed(1, { status: 'leaving' }),
      ['member-update web-1 leaving'],
    ],
    [
      'a leave that was called off',
      [listed(1, { status: 'leaving' })],
      listed(1),
      ['member-update web-1 alive'],
    ],
    ['a return', [listed(1, { status: 'failed' })], listed(1), ['member-join web-1 alive']],
    [
      'a failed one that was made to leave',
      [listed(1, { status: 'failed' })],
      listed(1, { status: 'left' }),
      ['member-leave web-1 left'],
    ],
    [
      'other tags',
      [listed(1)],
      listed(1, { tags: { ports: '81t81' } }),
      ['member-update web-1 alive'],
    ],
  ]
  for (const [what, before, after, expected] of cases) {
    test(`tell of ${what}`, async () => {
      assert.deepEqual(await changesOf(before, [after]), expected)
    })
  }

  test('tell of a member that is gone', async () => {
    assert.deepEqual(await changesOf([listed(1), listed(2)], [listed(2)]), [
      'member-reap web-1 alive',
    ])
  })

  test('tell to look when the catalog becomes stale and when it is fresh again', async () => {
    const catalog = open()
    catalog.apply([listed(1)])
    const changes = catalog.changes(new AbortController().signal)[Symbol.asyncIterator]()
    catalog.markStale()
    assert.deepEqual((await changes.next()).value, { type: 'snapshot' })
    catalog.apply([listed(1)])
    assert.deepEqual((await changes.next()).value, { type: 'snapshot' })
  })

  test('come after the snapshot has them', async () => {
    const catalog = open()
    const stop = new AbortController()
    const changes = catalog.changes(stop.signal)[Symbol.asyncIterator]()
    catalog.apply([listed(1)])
    await changes.next()
    assert.equal(catalog.snapshot().members.length, 1)
    stop.abort()
  })

  test('lead from any snapshot to the next, whatever happens', async () => {
    const { below, pick } = createChance(5)
    const catalog = open()
    catalog.apply([])
    const stop = new AbortController()
    const changes = catalog.changes(stop.signal)[Symbol.asyncIterator]()
    const view = new Map<string, unknown>()
    let truth = new Map<number, ListedMember>()
    for (let round = 0; round < 500; round++) {
      truth = new Map(truth)
      const number = 1 + below(20)
      const status = pick(['alive', 'leaving', 'left', 'failed'] as const)
      if (below(4) === 0) truth.delete(number)
      else truth.set(number, listed(number, { status, tags: { role: pick(['a', 'b', 'c\n']) } }))
      const before = catalog.snapshot()
      catalog.apply([...truth.values()])
      if (catalog.snapshot() === before) continue
      const { value } = await changes.next()
      assert.ok(value && 'member' in value)
      if (value.type === 'member-reap') view.delete(value.member.id)
      else view.set(value.member.id, value.member)
      assert.deepEqual(
        [...view.values()].toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
        catalog
          .snapshot()
          .members.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
      )
    }
    stop.abort()
  })
})
