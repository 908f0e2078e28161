import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCatalog, type ListedMember, type Ports } from '../../src/catalog/catalog.ts'
import { encodeMorePorts } from '../../src/catalog/more-ports.ts'
import { listed } from './random.ts'

const ALL: Ports = { '53/udp': ['53'], '80/tcp': ['80'], '81/tcp': ['81'] }
const OTHERS: Ports = { '53/udp': ['53'], '80/tcp': ['80'], '82/tcp': ['82'] }
const FITTED: Ports = { '80/tcp': ['80'] }

/** A member whose tags have room for port 80 only. */
const crowded = (all = ALL, changes: Partial<ListedMember> = {}): ListedMember =>
  listed(1, { ...changes, tags: { more_ports: encodeMorePorts(2, all), ...changes.tags } })

const open = (...members: ListedMember[]) => {
  const catalog = createCatalog({ self: 'web-9.000009' })
  catalog.apply(members)
  const portsOf = (number: number): Ports | undefined =>
    catalog.snapshot().services.find(({ id }) => id === listed(number).name)?.ports
  const [wanted] = catalog.snapshot().incomplete
  return { ...catalog, portsOf, wanted: wanted! }
}

describe('a service whose ports do not fit into its tags', () => {
  test('is shown with those that do, until all are learnt in one step', () => {
    const catalog = open(crowded(), listed(2))
    assert.deepEqual(catalog.portsOf(1), FITTED)
    assert.deepEqual(
      catalog.snapshot().incomplete.map(({ id, count }) => [id, count]),
      [[listed(1).name, 3]],
    )
    const { version, services } = catalog.snapshot()
    catalog.learn(catalog.wanted, ALL)
    assert.deepEqual(catalog.portsOf(1), ALL)
    assert.deepEqual(catalog.snapshot().incomplete, [])
    assert.equal(catalog.snapshot().version, version + 1)
    assert.equal(catalog.snapshot().services[1], services[1], 'the other one is untouched')
    assert.deepEqual(services[0]?.ports, FITTED, 'an old snapshot stays as it was')
    assert.ok(Object.isFrozen(catalog.snapshot().services[0]))
  })

  test('tells of it as an update', async () => {
    const catalog = open(crowded())
    const changes = catalog.changes(new AbortController().signal)[Symbol.asyncIterator]()
    catalog.learn(catalog.wanted, ALL)
    const { value } = await changes.next()
    assert.equal(value?.type, 'member-update')
  })

  test('keeps what was learnt while it is listed, hidden and failed times included', () => {
    const catalog = open(crowded())
    catalog.learn(catalog.wanted, ALL)
    for (const meanwhile of [
      listed(1, { tags: { service: '', ports: '' } }),
      crowded(ALL, { status: 'failed' }),
      crowded(ALL, { tags: { service_port: '7' } }),
    ]) {
      catalog.apply([meanwhile])
      catalog.apply([crowded()])
      assert.deepEqual(catalog.portsOf(1), ALL)
      assert.deepEqual(catalog.snapshot().incomplete, [])
    }
    catalog.apply([])
    catalog.apply([crowded()])
    assert.deepEqual(catalog.portsOf(1), FITTED, 'nobody is remembered for ever')
  })

  test('is asked for again when only ports change that are not in its tags', () => {
    const catalog = open(crowded())
    catalog.learn(catalog.wanted, ALL)
    catalog.apply([crowded(OTHERS)])
    assert.deepEqual(catalog.portsOf(1), FITTED)
    const { digest } = catalog.wanted
    assert.notEqual(catalog.snapshot().incomplete[0]?.digest, digest)
    const { version } = catalog.snapshot()
    catalog.learn(catalog.wanted, ALL)
    assert.equal(catalog.snapshot().version, version, 'a late answer is of former ports')
    catalog.learn(catalog.snapshot().incomplete[0]!, OTHERS)
    assert.deepEqual(catalog.portsOf(1), OTHERS)
  })

  test('is not asked for while it does not serve, is followed by another, or all fits', () => {
    const failed = open(crowded(ALL, { status: 'failed' }))
    const hidden = open(crowded(ALL, { tags: { service: '' } }))
    const followed = open(crowded(), listed(2, { addr: listed(1).addr }))
    const refused = open(crowded(ALL, { tags: { role: 'localhost' } }))
    for (const catalog of [failed, hidden, followed, refused, open(listed(1))]) {
      assert.deepEqual(catalog.snapshot().incomplete, [])
    }
  })

  test('learns nothing for a member that is gone or was never there', () => {
    const catalog = open(crowded())
    catalog.apply([])
    const before = catalog.snapshot()
    catalog.learn(catalog.wanted, ALL)
    assert.equal(catalog.snapshot(), before)
  })
})
