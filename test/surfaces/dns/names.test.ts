import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeInfo } from '../../../src/catalog/node-info.ts'
import { nameServices } from '../../../src/surfaces/dns/names.ts'
import { renderNames } from '../../../src/surfaces/dns/render.ts'
import { createChance, HOSTILE } from '../../catalog/random.ts'
import { service } from '../fake-catalog.ts'

/** The lines of all files. */
const lines = (...services: NodeInfo[]) =>
  [...renderNames(nameServices(services).services).values()].flatMap(linesOf).sort()
const linesOf = (text: string) => text.split('\n').filter(Boolean)
const named = (number: number, name: string, role = 'web') =>
  service(number, { name, role, service: `10.0.0.${number}`, timestamp: `${number}` })
// A name that no member may send is no name here either.
const odd = (number: number, changes: Partial<NodeInfo>): NodeInfo => ({
  ...service(number),
  ...changes,
})

describe('the names of the zone', () => {
  test('are the node, its role, and the oldest of the role, each role oldest first', () => {
    assert.deepEqual(lines(named(2, 'b'), named(3, 'db-1', 'db'), named(1, 'a')), [
      '10.0.0.1 a.node.serf web.serf oldest.web.serf',
      '10.0.0.2 b.node.serf web.serf',
      '10.0.0.3 db-1.node.serf db.serf oldest.db.serf',
    ])
  })

  test('tell nodes of one name apart by their member names, and lead to all by the name', () => {
    assert.deepEqual(lines(named(1, 'twin'), named(2, 'Twin')), [
      '10.0.0.1 web-1.000001.node.serf twin.node.serf web.serf oldest.web.serf',
      '10.0.0.2 web-2.000002.node.serf twin.node.serf web.serf',
    ])
  })

  test('are lower case, and of roles that differ in case the first keeps the name', () => {
    const { services } = nameServices([named(1, 'a', 'Web'), named(2, 'b', 'web')])
    assert.deepEqual(
      services.map(({ names }) => names),
      [['a.node.serf', 'web.serf', 'oldest.web.serf'], ['b.node.serf']],
    )
  })

  test('leave out what is no DNS name, and keep the rest of that service', () => {
    const { services, leftOut } = nameServices([
      odd(1, { role: 'my role' }),
      odd(2, { name: 'a..b', id: 'a..b.000002' }),
      odd(3, { name: 'a..b', id: 'a..b.000003', role: 'db' }),
    ])
    assert.deepEqual(
      services.map(({ names }) => names),
      [['web-1.node.serf'], ['web.serf', 'oldest.web.serf'], ['db.serf', 'oldest.db.serf']],
    )
    // Not the role: of that the hosts file's surface warns.
    assert.deepEqual(leftOut, [{ name: 'a..b', reason: 'not a DNS name' }])
  })

  test('leave `oldest.node.serf` to the node called oldest', () => {
    assert.deepEqual(lines(named(1, 'oldest', 'db'), named(2, 'b', 'node')), [
      '10.0.0.1 oldest.node.serf db.serf oldest.db.serf',
      '10.0.0.2 b.node.serf node.serf',
    ])
  })

  test('have no line but of an address and names of the zone, whatever members send', () => {
    const { pick, times, below } = createChance(4)
    for (let round = 0; round < 500; round++) {
      const services = times(6, () =>
        odd(1 + below(9), { role: pick(HOSTILE), name: pick(HOSTILE), id: pick(HOSTILE) }),
      )
      for (const file of renderNames(nameServices(services).services).values()) {
        assert.match(file, /^(\d+\.\d+\.\d+\.\d+( [a-z0-9_.-]+\.serf)+\n)+$/)
      }
    }
  })
})
