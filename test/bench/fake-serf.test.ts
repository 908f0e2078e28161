import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type FakeSerf, startFakeSerf } from '../../bench/fake-serf/serf.ts'
import { readMember } from '../../src/catalog/member.ts'
import { connectSerf, type SerfConnection } from '../../src/serf/client.ts'

const first = async <T>(items: AsyncIterable<T>, fits: (item: T) => boolean): Promise<T> => {
  for await (const item of items) if (fits(item)) return item
  throw new Error('the stream ended')
}

describe('the fake serf', () => {
  let fake: FakeSerf
  let port: number
  let serf: SerfConnection

  before(async () => {
    fake = startFakeSerf({
      node_name: 'hub.000000',
      advertise: '10.1.2.3:7946',
      rpc_addr: '127.0.0.1:0',
      rpc_auth: 'secret',
      tags: { role: 'hub', name: 'hub' },
    })
    await once(fake.server, 'listening')
    port = (fake.server.address() as AddressInfo).port
    serf = await connectSerf({ port, authKey: 'secret' })
  })
  after(() => {
    serf.close()
    fake.server.close()
  })

  test('takes only the key of its configuration', async () => {
    await assert.rejects(connectSerf({ port, authKey: 'wrong' }), { code: 'auth' })
  })

  test('lists itself and as many members as it was told, each with a service', async () => {
    fake.setMembers(300)
    const members = await serf.members()
    assert.equal(members.length, 301)
    assert.deepEqual([members[0]?.name, members[0]?.addr], ['hub.000000', '10.1.2.3'])
    const services = members.slice(1).map((member) => readMember(member).service)
    assert.equal(new Set(services.map((service) => service?.service_ip)).size, 300)
    assert.equal(services[299]?.role, 'role299')
  })

  test('lists those that a filter names', async () => {
    const members = await serf.membersFiltered({ name: 'role7\\.000007|none' })
    assert.deepEqual(
      members.map(({ name }) => name),
      ['role7.000007'],
    )
  })

  test('keeps the tags that it is given', async () => {
    await serf.tags({ set: { service: '10.1.2.3', timestamp: '1' }, remove: ['name'] })
    const [own] = await serf.members()
    assert.deepEqual({ ...own?.tags }, { role: 'hub', service: '10.1.2.3', timestamp: '1' })
  })

  test('tells of a change in its log at once, and on the stream later', async () => {
    const stop = new AbortController()
    const client = await connectSerf({ port, authKey: 'secret', signal: stop.signal })
    try {
      const line = first(client.monitor('INFO', stop.signal), (text) => text.includes('role7.'))
      const event = first(
        client.stream('member-update', stop.signal),
        ({ type }) => type === 'member-update',
      )
      // Both are subscribed to once a later command is answered.
      await client.stats()
      const address = fake.move(7)
      assert.match(await line, /EventMemberUpdate: role7\./)
      const moved = (await serf.members()).find(({ tags }) => tags['role'] === 'role7')
      assert.equal(moved?.tags['service'], address)
      assert.deepEqual((await event).type, 'member-update')
    } finally {
      stop.abort()
    }
  })

  test('lets members join and leave', async () => {
    const has = async () => (await serf.members()).some(({ tags }) => tags['role'] === 'role900')
    fake.toggle(900)
    assert.equal(await has(), true)
    fake.toggle(900)
    assert.equal(await has(), false)
  })

  test('does not know commands that serf does not have', async () => {
    await assert.rejects(serf.getCoordinate('hub.000000'), /Unsupported command/)
  })
})
