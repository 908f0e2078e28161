import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodePorts, encodePorts } from '../../src/catalog/ports.ts'
import { createChance, randomPorts } from './random.ts'

describe('ports', () => {
  test('are coded as in 2015', () => {
    const ports = { '15672/tcp': ['32768', '32769'], '5672/tcp': ['5672'], '53/udp': ['53'] }
    assert.equal(encodePorts(ports), '53u53|5672t5672|15672t32768,32769')
  })

  test('come back from the code as udp and tcp', () => {
    assert.deepEqual(decodePorts('53u53|53t5353,5354'), {
      '53/tcp': ['5353', '5354'],
      '53/udp': ['53'],
    })
    assert.deepEqual(decodePorts(''), {})
  })

  test('survive the way there and back, whatever they are', () => {
    const chance = createChance(1)
    for (let round = 0; round < 2_000; round++) {
      const ports = randomPorts(chance)
      assert.deepEqual(decodePorts(encodePorts(ports)), ports)
    }
  })

  test('give one code, in whatever order they were found', () => {
    const chance = createChance(2)
    for (let round = 0; round < 200; round++) {
      const ports = randomPorts(chance)
      const turned = Object.fromEntries(Object.entries(ports).reverse())
      assert.equal(encodePorts(turned), encodePorts(ports))
    }
  })

  test('leave out what the code cannot say', () => {
    assert.equal(encodePorts({ '80/sctp': ['80'], '81/tcp': [], '82/tcp': ['0'] }), '')
    // Docker lists a port twice that is published for IPv4 and IPv6.
    assert.equal(encodePorts({ '80/tcp': ['8080', '8080'] }), '80t8080')
  })

  for (const code of ['80', '80x80', '80t', '80t0', '0t80', '65536t1', '1t65536', '080t80']) {
    test(`are refused as ${code}`, () => assert.equal(decodePorts(code), undefined))
  }
  for (const code of ['80t80|', '|', '80t80,', '80t80|80t81', '80t80\n', ' 80t80', '80t+1']) {
    test(`are refused as ${JSON.stringify(code)}`, () => assert.equal(decodePorts(code), undefined))
  }
})
