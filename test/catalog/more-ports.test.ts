import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  acceptPorts,
  countMorePorts,
  decodeMorePorts,
  digestPorts,
  encodeMorePorts,
  wantedPorts,
} from '../../src/catalog/more-ports.ts'
import type { Ports } from '../../src/catalog/node-info.ts'
import { encodeRanges } from '../../src/catalog/port-ranges.ts'

const ALL = { '53/udp': ['53'], '80/tcp': ['8080'], '81/tcp': ['81'] }
const tags = { ports: '53u53', more_ports: encodeMorePorts(2, ALL) }
const wanted = wantedPorts('web-1.000001', tags)!

describe('the tag of ports without room in the tags', () => {
  test('says how many there are, and changes with every one of all', () => {
    assert.match(tags.more_ports, /^2\.[\w-]{8}$/)
    assert.deepEqual(decodeMorePorts(tags.more_ports), { left: 2, digest: digestPorts(ALL) })
    const others: Ports[] = [{ '81/tcp': ['82'] }, { '81/udp': ['81'] }, { '53/udp': ['54'] }]
    for (const other of others) {
      assert.notEqual(digestPorts({ ...ALL, ...other }), digestPorts(ALL))
    }
    const turned = Object.fromEntries(Object.entries(ALL).reverse())
    assert.equal(digestPorts(turned), digestPorts(ALL))
  })

  test('of another form is none', () => {
    const wrong = ['', '2', '2.', '.abcdefgh', '0.abcdefgh', '-1.abcdefgh', '02.abcdefgh']
    const more = ['10000.abcdefgh', '2.abcdefg', '2.abcdefghi', '2.abc/efgh', '2.abcdefgh\n']
    for (const tag of [...wrong, ...more, '__proto__']) {
      assert.equal(decodeMorePorts(tag), undefined, tag)
      assert.equal(countMorePorts({ more_ports: tag }), 0)
    }
  })

  test('is a number for whoever shows members', () => {
    assert.equal(countMorePorts(tags), 2)
    assert.equal(countMorePorts({ ports: '53u53' }), 0)
  })

  test('is what to ask for, and nothing is asked without it', () => {
    assert.deepEqual(wanted, { id: 'web-1.000001', count: 3, digest: digestPorts(ALL) })
    assert.equal(wantedPorts('web-1.000001', { ports: '53u53' }), undefined)
  })
})

describe("a member's answer", () => {
  test('is accepted when it is what the tags promise, udp as udp', () => {
    assert.deepEqual(acceptPorts(wanted, encodeRanges(ALL)), ALL)
    assert.ok(Object.isFrozen(acceptPorts(wanted, encodeRanges(ALL))))
  })

  test('is refused when it is anything else', () => {
    const others = [{ ...ALL, '82/tcp': ['82'] }, { ...ALL, '80/tcp': ['8081'] }, {}]
    const codes = [...others.map(encodeRanges), '', 'x', '80t|81t|82t', '1-65535t']
    for (const code of codes) assert.equal(acceptPorts(wanted, code), undefined, code)
    assert.equal(acceptPorts({ ...wanted, count: 4 }, encodeRanges(ALL)), undefined)
  })
})
