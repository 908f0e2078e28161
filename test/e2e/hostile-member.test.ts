import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startBareSerfs } from '../support/bare-serf.ts'
import { addressOf, BASE, testCluster, untilResolved } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { logOf } from '../support/node.ts'

const ADDRESS = '10.66.66.66'

/** What a hostile member sends otherwise: all that a service needs, older than any node. */
const good = (role: string): Record<string, string> => ({
  name: role,
  role,
  ip: ADDRESS,
  serf_port: '7946',
  service: ADDRESS,
  service_port: '0',
  timestamp: '1',
})

/** Member name, what it sends, and the field for which it is to be refused. */
const hostile: [member: string, tags: Record<string, string>, refused: string][] = [
  [`name\n${ADDRESS} bank.example`, good('newline'), 'id'],
  ['name-newline', { ...good('x1'), name: `x\n${ADDRESS} bank.example` }, 'name'],
  ['name-escape', { ...good('x2'), name: 'x\u001b[2J\u001b]0;owned\u0007' }, 'name'],
  ['role-newline', { ...good('x3'), role: `x\n${ADDRESS} bank.example` }, 'role'],
  ['role-localhost', { ...good('x4'), role: 'localhost' }, 'role'],
  ['role-LOCALHOST', { ...good('x5'), role: 'LocalHost' }, 'role'],
  ['role-long', { ...good('x6'), role: 'r'.repeat(300) }, 'role'],
  ['role-path', { ...good('x7'), role: '../../etc/passwd' }, 'role'],
  ['role-proto', { ...good('x8'), role: '__proto__' }, 'role'],
  ['role-homoglyph', { ...good('x9'), role: 'sh\u043ep' }, 'role'],
  ['ip-loopback', { ...good('x10'), ip: '127.0.0.1' }, 'serf_ip'],
  ['service-loopback', { ...good('shop'), service: '127.0.0.1' }, 'service_ip'],
  ['service-metadata', { ...good('shop'), service: '169.254.169.254' }, 'service_ip'],
  ['service-text', { ...good('shop'), service: `${ADDRESS} bank.example` }, 'service_ip'],
  ['port-high', { ...good('shop'), service_port: '70000' }, 'service_port'],
  ['ports-high', { ...good('shop'), ports: '70000t70000' }, 'ports'],
  ['ports-proto', { ...good('shop'), ports: '__proto__' }, 'ports'],
  ['time-text', { ...good('shop'), timestamp: 'abc' }, 'timestamp'],
  ['time-negative', { ...good('shop'), timestamp: '-1' }, 'timestamp'],
]

describe('members that have the key and send what they like', () => {
  const cluster = testCluster('hostile')
  const app = cluster.child('shop', 'app')
  let shop: string
  let guest: string
  let listed: { name: string; id: string; role: string; refused?: string }[]

  before(async () => {
    shop = await cluster.start('shop', {
      role: 'shop',
      yml: JSON.stringify({ children: { app: { image: BASE, command: 'sleep 1d', init: true } } }),
    })
    guest = await cluster.start('guest', { role: 'guest' })
    await untilResolved(guest, 'shop', await addressOf(shop))
    const members = hostile.map(([member, tags]) => ({ member, tags }))
    // One that is as it should be, which shows that the others could have been seen too.
    members.push({ member: 'plain.000000', tags: good('plain') })
    await startBareSerfs(cluster, 'strangers', { of: shop, members })
    listed = await eventually(
      async () => {
        const found = JSON.parse(await inside(guest, 'serfnode', 'members', '--json'))
        if (found.length !== members.length + 2) throw new Error(`${found.length} members`)
        return found
      },
      { within: 20_000, every: 200 },
    )
    await untilResolved(app, 'plain', ADDRESS)
  })
  after(() => cluster[Symbol.dispose]())

  test('are listed as refused, each for the field that is wrong', () => {
    const refused = listed.flatMap(({ id, refused }) => (refused ? [[id, refused]] : []))
    const expected = hostile.map(([member, , field]) => [member.replace('\n', '\\n'), field])
    assert.deepEqual(refused.sort(), expected.sort())
    for (const text of listed.flatMap(({ id, name, role }) => [id, name, role])) {
      assert.match(text, /^[ -~]{1,200}$/)
    }
  })

  test('write nothing of theirs into a hosts file', async () => {
    for (const container of [shop, guest, app]) {
      const lines = (await inside(container, 'cat', '/etc/hosts')).split('\n')
      for (const line of lines) {
        assert.match(line, /^\s*(#.*)?$|^[0-9a-f.:]+\s+[\w.-]+(\s+[\w.-]+)*\s*(#.*)?$/)
      }
      const ours = lines.filter(
        (line) => line.includes('kept by serfnode') && !line.startsWith('#'),
      )
      const names = ours.map((line) => line.split(/\s+/)[1])
      assert.deepEqual(names.sort(), ['guest', 'plain', 'shop'])
      await untilResolved(container, 'shop', await addressOf(shop))
      await untilResolved(container, 'guest', await addressOf(guest))
      const localhost = await inside(container, 'getent', 'ahostsv4', 'localhost')
      assert.match(localhost, /^127\.0\.0\.1 /)
    }
  })

  test('are not in the files either, and the others are', async () => {
    for (const container of [shop, guest]) {
      const byRole = JSON.parse(await inside(container, 'cat', '/serfnodes_by_role.json'))
      assert.deepEqual(Object.keys(byRole).sort(), ['guest', 'plain', 'shop'])
      assert.equal(byRole.shop.length, 1)
      assert.equal(byRole.shop[0].service_ip, await addressOf(shop))
    }
  })

  test('are in the log without harm to whoever reads it', async () => {
    const log = await eventually(async () => {
      const found = await logOf(guest)
      for (const [, , field] of hostile) assert.match(found, new RegExp(`"refused":"${field}"`))
      return found
    })
    assert.doesNotMatch(log, /\u001b|\u0007/)
    assert.doesNotMatch(log, /^10\.66/m)
    const table = await inside(guest, 'serfnode', 'members')
    assert.doesNotMatch(table, /\u001b|\u0007/)
    assert.doesNotMatch(table, /^10\.66/m)
  })

  test('keep nobody from joining or leaving', async () => {
    const late = await cluster.start('late', { role: 'late', peer: shop })
    for (const container of [guest, app, late]) {
      await untilResolved(container, 'late', await addressOf(late))
    }
    await docker('stop', late)
    for (const container of [guest, app]) {
      await untilResolved(container, 'late', undefined)
    }
  })
})
