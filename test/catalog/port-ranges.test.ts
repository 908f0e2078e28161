import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ports } from '../../src/catalog/node-info.ts'
import {
  ALL_PORTS_MAX,
  decodeRanges,
  encodeRanges,
  tellablePorts,
} from '../../src/catalog/port-ranges.ts'
import { encodePorts } from '../../src/catalog/ports.ts'
import { createChance, randomPorts } from './random.ts'

const itself = (protocol: string, first: number, last = first): Ports =>
  Object.fromEntries(
    Array.from({ length: last - first + 1 }, (_, at) => [
      `${first + at}/${protocol}`,
      [`${first + at}`],
    ]),
  )

describe('the short code of ports', () => {
  test('names a port that is itself outside once, and neighbours as a range', () => {
    const ports = {
      ...itself('udp', 53),
      ...itself('tcp', 53),
      ...itself('udp', 10_000, 10_099),
      '15672/tcp': ['32768', '32769'],
    }
    assert.equal(encodeRanges(ports), '53t|53u|10000-10099u|15672t32768,32769')
    assert.deepEqual(decodeRanges(encodeRanges(ports)), ports)
  })

  test('joins no neighbours of two protocols, and none that is elsewhere outside', () => {
    const elsewhere = { '82/udp': ['83'], '83/udp': ['83', '84'] }
    const ports = { ...itself('tcp', 80), ...itself('udp', 81), ...elsewhere }
    assert.equal(encodeRanges(ports), '80t|81u|82u83|83u83,84')
  })

  test('survives the way there and back, whatever the ports are', () => {
    const chance = createChance(6)
    for (let round = 0; round < 1_000; round++) {
      const first = 1 + chance.below(65_000)
      const run = itself(chance.pick(['tcp', 'udp']), first, first + chance.below(50))
      const ports = { ...randomPorts(chance, 40), ...run }
      const code = encodeRanges(ports)
      assert.deepEqual(decodeRanges(code), ports)
      assert.ok(code.length <= encodePorts(ports).length)
    }
    assert.deepEqual(decodeRanges(encodeRanges({})), {})
  })

  test('that is foreign is refused for its first fault', () => {
    const wrong = ['80', 't', '80-t', '-80t', '80-80t', '81-80t', '080t', '0-3t', '65530-65536u']
    const doubled = ['80t|80t', '80t|79-81t', '80t80|80t', '80t|', '|', '80t\n', '80-82t80', '80s']
    for (const code of [...wrong, ...doubled, '__proto__', ' 80t', '1-2-3t']) {
      assert.equal(decodeRanges(code), undefined, code)
    }
  })

  test('does not become megabytes, whatever it promises', () => {
    for (const code of ['1-65535t', '1-9999t|10000-99999u', '1-999t|'.repeat(2_000)]) {
      const began = performance.now()
      assert.equal(decodeRanges(code), undefined)
      assert.ok(performance.now() - began < 100)
    }
    assert.equal(decodeRanges('9t|'.repeat(ALL_PORTS_MAX)), undefined)
  })
})

describe('the ports that other nodes can learn', () => {
  test('are all that the code of 2015 can say', () => {
    const ports = { ...itself('tcp', 1, 500), ...itself('udp', 60_000, 60_499) }
    assert.deepEqual(tellablePorts({ ...ports, '80/sctp': ['80'], '81/sctp': [] }), ports)
  })

  test('are the lowest ones when there are too many', () => {
    const ports = itself('tcp', 20_000, 29_999)
    const told = tellablePorts(ports)
    const count = Object.keys(told).length
    assert.ok(count > 1_300 && count < 10_000, `${count}`)
    assert.deepEqual(told, itself('tcp', 20_000, 20_000 + count - 1))
    assert.deepEqual(decodeRanges(encodeRanges(told)), told)
  })
})
