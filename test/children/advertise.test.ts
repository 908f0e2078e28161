import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { advertisedPorts } from '../../src/children/advertise.ts'
import type { Port } from '../../src/config/types.ts'

const port = (container: number, rest: Partial<Port> = {}): Port => ({
  container,
  protocol: 'tcp',
  ...rest,
})
const published = {
  '8888/tcp': [
    { HostIp: '0.0.0.0', HostPort: '1234' },
    { HostIp: '::', HostPort: '1234' },
  ],
  '53/udp': [
    { HostIp: '0.0.0.0', HostPort: '5353' },
    { HostIp: '0.0.0.0', HostPort: '5354' },
  ],
  '7373/tcp': null,
}
const children = [
  { ports: [port(8888, { host: 99 })], expose: [port(5672)] },
  { ports: [port(53, { protocol: 'udp' })], expose: [] },
]

describe('the ports that are told', () => {
  test('at the own address are themselves: published ones and those of the children', () => {
    assert.deepEqual(Object.entries(advertisedPorts(published, children, 'container')), [
      ['53/udp', ['53']],
      ['5672/tcp', ['5672']],
      ['8888/tcp', ['8888']],
    ])
  })

  test('at an address of the host are those published there, each once', () => {
    assert.deepEqual(Object.entries(advertisedPorts(published, children, 'host')), [
      ['53/udp', ['5353', '5354']],
      ['8888/tcp', ['1234']],
    ])
  })

  test('are none where nothing is published or named', () => {
    assert.deepEqual(advertisedPorts({ '7373/tcp': null, '1/tcp': [] }, [], 'container'), {})
  })
})
