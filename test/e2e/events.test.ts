import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { SupervisorPayload } from '../../src/events/supervisor-payload.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { BASE, testCluster, untilMembers } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventsOf, untilHeard } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { killServices, untilSaid } from '../support/node.ts'

const cluster = testCluster('events')
let shop: string
let other: string
const app = cluster.child('shop', 'app')

before(async () => {
  shop = await cluster.start('shop', {
    role: 'shop',
    yml: JSON.stringify({
      children: {
        app: { image: BASE, command: 'sleep 1d', init: true },
        loop: { image: BASE, command: ['sh', '-c', 'sleep 0.05; exit 3'] },
      },
    }),
  })
  other = await cluster.start('other', { role: 'other' })
  await untilMembers(shop, 2)
  await untilMembers(other, 2)
  await untilHeard(other, ({ type }) => type === 'start')
  await eventually(async () => {
    assert.equal(await docker('inspect', '-f', '{{.State.Running}}', app), 'true')
  })
})
after(() => cluster[Symbol.dispose]())

const isCalled = (name: string) => (record: EventRecord) => record.name === name
const count = (records: EventRecord[], test: (record: EventRecord) => boolean): number =>
  records.filter(test).length
const names = (records: EventRecord[], type: EventRecord['type']): string[] =>
  records
    .filter((one) => one.type === type)
    .flatMap(({ members }) => members?.map(({ role }) => role) ?? [])
    .sort()

describe('the history of a node', () => {
  test('has its start once, its members, and what was raised, by whom and how', async () => {
    await docker('exec', app, 'sh', '-c', `echo '["deploy", {"v": 7}]' > /serfnode/parent`)
    const there = await untilHeard(other, isCalled('deploy'))
    const here = await untilHeard(shop, isCalled('deploy'))
    const [mine, theirs] = [here, there].map((records) => records.find(isCalled('deploy')))
    assert.match(mine?.origin ?? '', /^shop-/)
    assert.deepEqual([mine?.via, mine?.payload, theirs?.origin], ['pipe', '{"v":7}', undefined])
    assert.equal(mine?.id, theirs?.id)
    assert.deepEqual(names(here, 'member-join'), ['other', 'shop'])
    assert.equal(
      count(there, ({ type }) => type === 'start'),
      1,
    )
    assert.deepEqual(
      here.map(({ index }) => index),
      here.map((_, at) => at + 1),
    )
  })

  test('goes on over a kill of the agent, and nothing is told twice', async () => {
    const before = await eventsOf(other)
    await killServices(other, 'agent')
    // What comes while no agent is there is heard by nobody.
    await untilSaid(other, /serf is up[\s\S]*serf is up/)
    await inside(shop, 'serfnode', 'event', 'after', 'the kill')
    const records = await untilHeard(other, isCalled('after'))
    assert.deepEqual(records.slice(0, before.length), before)
    const isOnce = ({ type }: EventRecord) => type === 'member-join' || type === 'start'
    const told = records.slice(before.length).filter(isOnce)
    assert.deepEqual(told, [], 'no member joined anew, no second start')
  })

  test('has what changed among the members while the agent was away, and no more', async () => {
    const third = await cluster.start('third', { role: 'third' })
    await untilMembers(other, 3)
    await untilHeard(other, (one) => names([one], 'member-join').includes('third'))
    const before = (await eventsOf(other)).length
    // The service is down while the third node goes.
    await inside(other, 's6-svc', '-wD', '-d', '/run/service/agent')
    await docker('stop', third)
    await untilMembers(other, 2)
    await inside(other, 's6-svc', '-u', '/run/service/agent')
    const records = await untilHeard(other, ({ type }) => type === 'member-leave')
    const since = records.slice(before).filter(({ type }) => type !== 'user')
    assert.deepEqual(names(since, 'member-leave'), ['third'])
    assert.deepEqual(names(since, 'member-join'), [])
  })

  test('goes on over a kill of serf, and nothing is told twice', async () => {
    await inside(shop, 'serfnode', 'event', 'once', 'only')
    await untilHeard(other, isCalled('once'))
    await killServices(other, 'serf')
    await untilMembers(other, 2)
    await inside(shop, 'serfnode', 'event', 'afterwards')
    const records = await untilHeard(other, isCalled('afterwards'))
    const ids = records.filter(({ type }) => type === 'user').map(({ id }) => id)
    assert.deepEqual(ids, [...new Set(ids)])
  })

  test('of a new node has nothing of what was before it, whoever is joined by whom', async () => {
    await inside(shop, 'serfnode', 'event', 'long-ago')
    const names = ['new-1', 'new-2', 'new-3']
    const nodes = await Promise.all(names.map((name) => cluster.start(name, { role: 'new' })))
    for (const node of nodes) await untilMembers(node, 5)
    await inside(shop, 'serfnode', 'event', 'now')
    for (const node of nodes) {
      const heard = await untilHeard(node, isCalled('now'))
      assert.equal(count(heard, isCalled('long-ago')), 0, node)
    }
    await docker('stop', ...nodes)
  })

  test('can be followed, and begun anywhere', async () => {
    const last = (await eventsOf(shop)).at(-1)?.index ?? 0
    const line = 'timeout 3 serfnode events --follow --json --since "$0" | head -n 1'
    const following = inside(shop, 'sh', '-c', line, String(last))
    await inside(other, 'serfnode', 'event', 'live')
    const first = JSON.parse(await following)
    assert.ok(first.index > last)
    assert.match(await inside(shop, 'serfnode', 'events', '--since', '10m'), /user {2}live/)
    assert.doesNotMatch(await inside(shop, 'serfnode', 'events', '--since', '1ms'), /live/)
    const wrong = await tryDocker(['exec', shop, 'serfnode', 'events', '--since', 'soon'])
    assert.equal(wrong.code, 2)
  })
})

describe('the event `supervisor`', () => {
  const told = (records: EventRecord[], child: string): SupervisorPayload[] =>
    records
      .filter(isCalled('supervisor'))
      // Serf promises no order; its clock tells it.
      .sort((a, b) => (a.ltime ?? 0) - (b.ltime ?? 0))
      .map(({ payload }) => JSON.parse(payload ?? ''))
      .filter(({ processname }) => processname === child)

  const states = (records: EventRecord[], child: string): string[] =>
    told(records, child).map(({ from_state, eventname }) => `${from_state} ${eventname.slice(14)}`)

  test('tells every node of a child that ends and comes up again, in the fields of 2015', async () => {
    await eventually(
      async () => assert.match(states(await eventsOf(shop), 'app').join(), /RUNNING$/),
      { every: 100 },
    )
    const before = states(await eventsOf(other), 'app')
    await docker('kill', app)
    const records = await eventually(
      async () => {
        const heard = await eventsOf(other)
        const since = states(heard, 'app').slice(before.length)
        assert.deepEqual(since, ['RUNNING EXITED', 'EXITED STARTING', 'STARTING RUNNING'])
        return heard
      },
      { every: 100 },
    )
    const { id } = JSON.parse(await inside(shop, 'cat', '/me.json'))
    const [exited, starting, running] = told(records, 'app').slice(-3)
    assert.deepEqual(
      [exited?.node, exited?.groupname, exited?.expected, starting?.tries],
      [id, 'app', 0, 1],
    )
    assert.ok((running?.pid ?? 0) > 1)
  })

  test('tells the others that a child was stopped with its node', async () => {
    const leaving = await cluster.start('leaving', {
      role: 'leaving',
      yml: JSON.stringify({ children: { last: { image: BASE, command: 'sleep 1d', init: true } } }),
    })
    await eventually(
      async () => assert.match(states(await eventsOf(other), 'last').join(), /RUNNING$/),
      { every: 100, within: 20_000 },
    )
    await docker('stop', leaving)
    const since = await eventually(
      async () => {
        const heard = states(await eventsOf(other), 'last')
        assert.match(heard.join(), /STOPPED$/)
        return heard
      },
      { every: 100 },
    )
    assert.deepEqual(since.slice(-2), ['RUNNING STOPPING', 'STOPPING STOPPED'])
  })

  test('of a crash loop comes a few times, not at every crash', async () => {
    const restarts = async (): Promise<number> =>
      JSON.parse(await inside(shop, 'cat', '/run/serfnode/status.json')).children[1].restarts
    await eventually(async () => assert.equal((await restarts()) >= 5, true), { within: 20_000 })
    const looped = told(await eventsOf(shop), 'loop')
    assert.ok(looped.length >= 1 && looped.length <= 6, JSON.stringify(looped))
    assert.equal(looped.find(({ expected }) => expected !== undefined)?.expected ?? 0, 0)
  })
})

describe('the rate of a node', () => {
  test('is exact: 50 events at once go, each one more is refused and said', async () => {
    const alone = await cluster.start('alone', {
      role: 'alone',
      env: { SERFNODE_CLUSTER: `${cluster.cluster}-alone` },
    })
    await untilSaid(alone, /service visible/)
    const write = `for i in $(seq 80); do echo "[\\"burst\\", $i]"; done > /serfnode/parent`
    await inside(alone, 'sh', '-c', write)
    const log = await untilSaid(alone, /more lines refused/)
    const each = log.match(/this node raises 10 events a second, 50 at once/g)?.length ?? 0
    const more = Number(/"lines":(\d+),"msg":"event pipe: more lines refused/.exec(log)?.[1])
    // A slow machine may take a second, in which there are ten more.
    const went = count(await eventsOf(alone), isCalled('burst'))
    assert.ok(went >= 50 && went <= 60, `${went} went`)
    assert.equal(went + each + more, 80, 'none is lost without a word')
  })
})
