import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressFrom } from '../../src/agent/own-address.ts'

describe('the own address', () => {
  const face = (address: string, internal = false) => [
    { address, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null },
  ]
  const interfaces = {
    lo: face('127.0.0.1', true),
    eth0: face('172.17.0.2'),
    eth1: face('10.1.0.2'),
  }

  test('is that of the interface which the default route leaves by', () => {
    const routes = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask',
      'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF',
      'eth1\t00000000\t0100010A\t0003\t0\t0\t0\t00000000',
    ].join('\n')
    assert.equal(addressFrom(interfaces, routes), '10.1.0.2')
  })

  test('is the first that is not loopback when there is no default route, else unknown', () => {
    assert.equal(addressFrom(interfaces, ''), '172.17.0.2')
    assert.equal(addressFrom({ lo: face('127.0.0.1', true) }, ''), undefined)
  })
})
