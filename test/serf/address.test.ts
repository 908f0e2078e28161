import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressText } from '../../src/serf/address.ts'

const of = (hex: string) => addressText(Buffer.from(hex, 'hex'))

test('an IPv4 address is dotted', () => {
  assert.equal(of('0a004dff'), '10.0.77.255')
})

test('an IPv4 address mapped into IPv6 is dotted', () => {
  assert.equal(of('00000000000000000000ffffc0a80001'), '192.168.0.1')
})

test('an IPv6 address is written short', () => {
  assert.equal(of('20010db8000000000000000000000001'), '2001:db8::1')
  assert.equal(of('00000000000000000000000000000001'), '::1')
  assert.equal(of('00000000000000000000000000000000'), '::')
  assert.equal(of('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1')
  assert.equal(of('fe800000000000000a0b0c0d0e0f1011'), 'fe80::a0b:c0d:e0f:1011')
})

test('a part of a larger buffer is read, and not its neighbours', () => {
  const bytes = Buffer.from(`ffff${'20010db8000000000000000000000001'}ffff`, 'hex')
  assert.equal(addressText(bytes.subarray(2, 18)), '2001:db8::1')
})

test('what is no address is an empty text', () => {
  for (const hex of ['', '7f', '7f000001ff', '00'.repeat(15), '00'.repeat(17)]) {
    assert.equal(of(hex), '')
  }
})
