import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestPorts } from '../../src/catalog/more-ports.ts'
import type { Ports } from '../../src/catalog/node-info.ts'
import { answerPart, askPart, readAsked, readPart } from '../../src/catalog/port-parts.ts'
import { decodeRanges, tellablePorts } from '../../src/catalog/port-ranges.ts'
import { createChance, randomPorts } from './random.ts'

const bytes = (text: string) => Buffer.from(text)

/** All parts one after another, as one node reads them from another. */
const readAll = (ports: Ports, digest: string): { code: string; parts: number } => {
  let code = ''
  let parts = 0
  for (let from: number | undefined = 0; from !== undefined; parts++) {
    const asked = readAsked(JSON.parse(askPart({ digest, from })))
    const answer = answerPart(asked!, ports)
    assert.ok(answer && answer.length <= 844, `${answer?.length} bytes`)
    const part = readPart(bytes(answer), from)
    assert.ok(part, answer)
    code += part.code
    from = part.next
  }
  return { code, parts }
}

describe('ports in parts', () => {
  test('are together what they were, however many', () => {
    const chance = createChance(7)
    for (const most of [0, 1, 10, 100, 500, 1_000, 5_000]) {
      const ports = tellablePorts(randomPorts(chance, most))
      const { code } = readAll(ports, digestPorts(ports))
      assert.deepEqual(decodeRanges(code), ports)
    }
  })

  test('are few: one for a range, five for 500 ports of which no two are neighbours', () => {
    const each = (step: number) =>
      Object.fromEntries(
        Array.from({ length: 500 }, (_, at) => {
          const port = `${20_000 + at * step}`
          return [`${port}/${at % 2 && step > 1 ? 'udp' : 'tcp'}`, [port]]
        }),
      )
    assert.equal(readAll(each(1), digestPorts(each(1))).parts, 1)
    assert.equal(readAll(each(2), digestPorts(each(2))).parts, 5)
  })

  test('are not given when they are others than those asked for', () => {
    const ports = { '80/tcp': ['80'] }
    assert.equal(
      answerPart({ digest: digestPorts({ '81/tcp': ['81'] }), from: 0 }, ports),
      undefined,
    )
    assert.equal(answerPart({ digest: digestPorts(ports), from: 9_999 }, ports), '{"code":""}')
  })

  test('are asked for by a digest and a place, and by nothing else', () => {
    for (const wrong of [undefined, null, 7, 'x', [], {}, { digest: 'x' }, { from: 0 }]) {
      assert.equal(readAsked(wrong), undefined)
    }
    for (const from of [-1, 0.5, '0', 16_385, Number.NaN, null]) {
      assert.equal(readAsked({ digest: 'x', from }), undefined)
    }
    assert.deepEqual(readAsked({ digest: 'x', from: 820, more: 1 }), { digest: 'x', from: 820 })
  })

  test('of a liar are refused, and lead neither back nor on for ever', () => {
    const wrong = ['', 'null', '[]', '{}', '7', '{"code":7}', '{"code":"80t"', '"code"', '\xff']
    for (const answer of wrong) {
      assert.equal(readPart(bytes(answer), 820), undefined, answer)
    }
    assert.equal(readPart(bytes('{"code":"","next":820}'), 820), undefined)
    assert.equal(readPart(bytes('{"code":"80t","next":823}'), 820), undefined, 'a crumb')
    assert.equal(readPart(bytes(`{"code":"${'80t|'.repeat(300)}"}`), 0), undefined)
    const code = '80t|'.repeat(200)
    for (const next of [0, 799, 801, '800', 1e9, null]) {
      assert.equal(readPart(bytes(JSON.stringify({ code, next })), 0), undefined)
    }
    const good = { code, next: 800 }
    assert.deepEqual(readPart(bytes(JSON.stringify(good)), 0), good)
    assert.deepEqual(readPart(bytes('{"code":"80t"}'), 820), { code: '80t' })
  })
})
