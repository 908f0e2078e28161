import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMember } from '../../src/catalog/member.ts'
import type { NodeInfo } from '../../src/catalog/node-info.ts'
import { byRole, oldest } from '../../src/catalog/oldest.ts'
import { listed } from './random.ts'

const service = (number: number, tags: Record<string, string>): NodeInfo =>
  readMember(listed(number, { tags })).service as NodeInfo

describe('the oldest service of a role', () => {
  test('is found by number, not by text', () => {
    const services = [
      service(1, { timestamp: '1000' }),
      service(2, { timestamp: '999.5' }),
      service(3, { timestamp: '10000' }),
    ]
    assert.equal(oldest(services, 'web')?.name, 'web-2')
  })

  test('is the first by member name when two started together', () => {
    const pair = [service(2, { timestamp: '5' }), service(1, { timestamp: '5.0' })]
    assert.equal(oldest(pair, 'web')?.name, 'web-1')
    assert.equal(oldest(pair.toReversed(), 'web')?.name, 'web-1')
  })

  test('is nobody when nobody has the role', () => {
    assert.equal(oldest([service(1, {})], 'Web'), undefined)
    assert.equal(oldest([], '__proto__'), undefined)
  })

  test('stands first in its list of roles', () => {
    const services = [3, 1, 2].map((number) => service(number, { role: number === 2 ? 'a' : 'b' }))
    const roles = [...byRole(services)].map(([role, list]) => [role, list.map(({ name }) => name)])
    assert.deepEqual(roles, [
      ['a', ['web-2']],
      ['b', ['web-1', 'web-3']],
    ])
  })
})
