import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  addressOf,
  BASE,
  testCluster,
  untilMembers,
  untilResolved,
  untilState,
} from '../support/cluster.ts'
import { docker, inside, inspect } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

describe('three nodes on one engine', () => {
  const cluster = testCluster('forms')
  const child = { image: BASE, command: 'sleep 1d', init: true }
  let a: string
  let b: string
  let c: string

  before(async () => {
    a = await cluster.start('a', {
      role: 'db',
      yml: JSON.stringify({ children: [{ one: { ...child, expose: [5672, '53/udp'] } }] }),
    })
    // As in the talk: the first node's own word for where it is.
    const peer = await inside(a, '/me')
    b = await cluster.start('b', {
      role: 'web',
      peer,
      yml: JSON.stringify({ children: { two: child } }),
    })
    c = await cluster.start('c', { role: 'web', peer: a })
  })
  after(() => cluster[Symbol.dispose]())

  test('see each other, and each role has a name in every node and child', async () => {
    for (const node of [a, b, c]) await untilMembers(node, 3)
    const db = await addressOf(a)
    const web = await addressOf(b)
    await untilState(cluster.child('b', 'two'), 'running')
    for (const container of [a, b, c, cluster.child('a', 'one'), cluster.child('b', 'two')]) {
      await untilResolved(container, 'db', db)
      // The oldest member of a role wins.
      await untilResolved(container, 'web', web)
    }
  })

  test('show the JSON files of 2015 in node and child', async () => {
    const byRole = await eventually(async () => {
      const text = await inside(
        cluster.child('b', 'two'),
        'cat',
        '/serfnode/serfnodes_by_role.json',
      )
      const found = JSON.parse(text)
      assert.deepEqual(Object.keys(found).sort(), ['db', 'web'])
      assert.equal(found.web.length, 2)
      return found
    })
    const [db] = byRole.db
    assert.equal(db.service_ip, await addressOf(a))
    assert.deepEqual(db.ports, { '53/udp': ['53'], '5672/tcp': ['5672'] })
    assert.equal(db.serf_port, '7946')
    assert.ok(Math.abs(Number.parseFloat(db.timestamp) - Date.now() / 1000) < 300)
    const byId = JSON.parse(await inside(a, 'cat', '/serfnodes_by_id.json'))
    assert.deepEqual(byId[db.id], db)
    const me = JSON.parse(await inside(a, 'cat', '/me.json'))
    assert.equal(me.id, db.id)
    assert.equal(me.inspect.Id, (await inspect(a)).Id)
    assert.equal(me.inspect.Config.Env, undefined)
    const parent = JSON.parse(
      await inside(cluster.child('a', 'one'), 'cat', '/serfnode/parent.json'),
    )
    assert.equal(parent.id, db.id)
    const mine = JSON.parse(await inside(cluster.child('a', 'one'), 'cat', '/me.json'))
    assert.equal(mine.id, db.id)
    assert.equal(mine.inspect.Id, (await inspect(cluster.child('a', 'one'))).Id)
    assert.deepEqual(Object.keys(mine.inspect.NetworkSettings.Networks), ['bridge'])
    const children = JSON.parse(await inside(a, 'cat', '/children_by_name.json'))
    assert.deepEqual(Object.keys(children), [cluster.child('a', 'one')])
    assert.equal(await inside(a, 'cat', '/agent_up'), 'serf up')
  })

  test('lose a name within seconds when its last member stops, and leave nothing running', async () => {
    await docker('stop', a)
    for (const node of [b, c]) await untilResolved(node, 'db', undefined, 5_000)
    await untilState(cluster.child('a', 'one'), 'exited', 1_000)
    const members = await inside(b, 'serf', 'members', '-status=left')
    assert.match(members, /db-/)
  })

  test('have a serf that is not root and a key that nobody else can read', async () => {
    const processes = await docker('top', b, '-eo', 'pid,uid,args')
    const serf = processes.split('\n').find((line) => line.includes('serf agent')) ?? ''
    assert.match(serf, /^\s*\d+\s+60000\s/)
    assert.doesNotMatch(processes, /auth|key/i)
    const mode = await inside(b, 'stat', '-c', '%a %u %g', '/run/serfnode/serf/config.json')
    assert.equal(mode, '640 0 60000')
    assert.equal(await inside(b, 'stat', '-c', '%a', '/var/lib/serfnode'), '700')
  })
})
