import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isNodeAddress } from '../../src/catalog/address.ts'

describe('an address of a node', () => {
  for (const text of ['172.17.0.2', '10.0.0.1', '203.0.113.9', 'fd00::5', '2001:db8::1']) {
    test(`may be ${text}`, () => assert.ok(isNodeAddress(text)))
  }
  const refused = [
    ...['127.0.0.1', '127.255.0.1', '0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.251'],
    ...['239.1.1.1', '240.0.0.1', '255.255.255.255', '100.100.100.200', '168.63.129.16'],
    ...['::', '::1', '::ffff:10.0.0.1', '::7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::', 'fe80::1'],
    ...[
      'fe80::1%eth0',
      'fd00::1%eth0',
      'febf::1',
      'ff02::1',
      'fd00:ec2::254',
      'fd20:ce::254',
      'FE80::1',
    ],
    ...['', 'localhost', '10.1', '010.0.0.1', '10.0.0.1 ', '10.0.0.1\n', '2130706433', '0x7f.1'],
    ...['10.0.0.1/8', '10.0.0.256', '[fd00::1]', '10.0.0.1\n10.0.0.2'],
  ]
  for (const text of refused) {
    test(`is never ${JSON.stringify(text)}`, () => assert.equal(isNodeAddress(text), false))
  }
})
