import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Field } from '../../src/catalog/fields.ts'
import { type ListedMember, readMember } from '../../src/catalog/member.ts'
import { createChance, HOSTILE, listed } from './random.ts'

describe('a listed member', () => {
  test('that is honest gives its service', () => {
    const { member, service } = readMember(listed(1))
    assert.equal(member.refused, undefined)
    assert.equal(member.id, 'web-1.000001')
    assert.equal(member.name, 'web-1')
    assert.deepEqual(service?.ports, { '80/tcp': ['80'] })
  })

  for (const status of ['leaving', 'left', 'failed', 'none'] as const) {
    test(`that is ${status} gives none`, () => {
      assert.equal(readMember(listed(1, { status })).service, undefined)
    })
  }

  const bad: [Field, Partial<ListedMember>][] = [
    ['id', { name: 'a\n1.2.3.4 bank.com' }],
    ['id', { name: '' }],
    ['name', { tags: { name: '../../x' } }],
    ['name', { tags: { name: '\x1b[2J' } }],
    ['role', { tags: { role: 'localhost' } }],
    ['role', { tags: { role: '__proto__' } }],
    ['role', { tags: { role: 'x'.repeat(300) } }],
    ['role', { tags: { role: '' } }],
    ['addr', { addr: '127.0.0.1' }],
    ['port', { port: 0 }],
    ['port', { port: 70_000 }],
    ['port', { port: 1.5 }],
    ['serf_ip', { tags: { ip: '169.254.169.254' } }],
    ['serf_port', { tags: { serf_port: '0' } }],
    ['service_ip', { tags: { service: '127.0.0.1' } }],
    ['service_ip', { tags: { service: '10.0.0.1\n10.0.0.2 bank' } }],
    ['service_port', { tags: { service_port: '70000' } }],
    ['ports', { tags: { ports: '80t70000' } }],
    ['timestamp', { tags: { timestamp: 'NaN' } }],
    ['timestamp', { tags: { timestamp: '0' } }],
    ['timestamp', { tags: { timestamp: '-5' } }],
    ['timestamp', { tags: { timestamp: '99999999999' } }],
  ]
  for (const [field, changes] of bad) {
    test(`is refused for its ${field} in ${JSON.stringify(changes).slice(0, 60)}`, () => {
      const { member, service } = readMember(listed(1, changes))
      assert.equal(member.refused, field)
      assert.equal(service, undefined)
    })
  }

  test('is shown without control characters, whatever it sent', () => {
    const name = 'a\n1.2.3.4 bank.com'
    const { member } = readMember(listed(1, { name, tags: { role: '\x1b[2J', 'x\n': '\x07' } }))
    assert.equal(member.id, 'a\\n1.2.3.4 bank.com')
    assert.equal(member.role, '\\x1b[2J')
    assert.equal(member.tags['x\\n'], '\\x07')
  })

  test('with a tag called __proto__ changes no object', () => {
    const tags = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>
    const { member } = readMember({ ...listed(1), tags })
    assert.deepEqual(Object.keys(member.tags), ['__proto__', 'constructor'])
    assert.equal(Object.getPrototypeOf(member.tags), Object.prototype)
  })

  test('made of anything at all is read without an error and enters only clean', () => {
    const { below, pick } = createChance(4)
    const text = (): string =>
      below(2)
        ? pick(HOSTILE)
        : String.fromCodePoint(...Array.from({ length: below(20) }, () => below(0x3000)))
    const names = [
      'name',
      'role',
      'ip',
      'serf_port',
      'service',
      'service_port',
      'ports',
      'timestamp',
    ]
    let entered = 0
    for (let round = 0; round < 20_000; round++) {
      const honest = listed(round)
      const tags: Record<string, string> = { ...honest.tags, [pick(names)]: text() }
      const { member, service } = readMember({
        ...honest,
        ...(below(4) ? {} : { name: text() }),
        ...(below(4) ? {} : { addr: text() }),
        tags,
      })
      const shown = JSON.stringify([member, service])
      assert.match(shown, /^[\x20-\x7e]*$/)
      if (!service) continue
      entered++
      assert.match(service.role, /^[!-~]([ -~]*[!-~])?$/)
      assert.match(service.service_ip, /^(?!127\.|0\.|169\.254\.|22[4-9]\.|::)[0-9a-f.:]+$/)
      assert.ok(Number(service.timestamp) > 0)
    }
    assert.ok(entered > 100 && entered < 18_000, `${entered} entered`)
  })

  test('with types that Serf never sends is refused, not thrown', () => {
    const odd = { name: 7, addr: null, port: '7946', tags: null, status: 'odd' }
    const { member } = readMember(odd as unknown as ListedMember)
    assert.equal(member.refused, 'id')
    assert.equal(member.status, 'none')
    assert.equal(readMember({ ...listed(1), tags: { role: 5 } as never }).member.refused, 'role')
  })
})
