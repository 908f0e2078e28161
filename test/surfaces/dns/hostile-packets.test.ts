import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from 'dns-packet'
import { answerPacket } from '../../../src/surfaces/dns/answer.ts'
import { createChance } from '../../catalog/random.ts'
import { service } from '../fake-catalog.ts'
import { asked, question, zoneOf } from './zone.ts'

const zone = zoneOf([service(1, { role: 'db', ports: '5432t5432' })], {
  'web-1.000001': { role: 'db' },
})
const SEEDS = [
  question('db.serf', 'A'),
  question('_5432._tcp.db.serf', 'SRV'),
  question('web-1.node.serf', 'TXT'),
  question('serf', 'SOA'),
  question('web-1.node.serf', 'ANY'),
  encode({
    type: 'query',
    questions: [{ name: 'db.serf', type: 'AAAA' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [{ code: 12, length: 8 }],
      },
    ],
  }),
]

/** Throws when an answer is not one to this packet, or is none where one is due. */
const judge = (packet: Buffer): number | undefined => {
  const transport = packet.length % 2 === 0 ? 'udp' : 'tcp'
  const answer = answerPacket(packet, asked(zone, { transport }))
  const isQuestion = packet.length >= 12 && (packet.readUInt16BE(2) & 0x8000) === 0
  assert.equal(answer !== undefined, isQuestion, packet.toString('hex'))
  if (!answer) return undefined
  assert.equal(answer.readUInt16BE(0), packet.readUInt16BE(0))
  assert.ok(answer.readUInt16BE(2) & 0x8000)
  assert.ok(answer.length <= 1232, packet.toString('hex'))
  return answer.readUInt16BE(2) & 15
}

describe('hostile packets', () => {
  test('100,000 mutated ones are answered or passed over, and nothing throws', () => {
    const { below, pick, times } = createChance(53)
    const rcodes = new Set<number | undefined>()
    for (let round = 0; round < 100_000; round++) {
      const packet = Buffer.from(pick(SEEDS))
      for (let change = below(4); change >= 0; change--) {
        packet[below(packet.length)] = pick([below(256), 0, 0xc0, 0xff, 63, 64, 12])
      }
      const cut = below(5) === 0 ? packet.subarray(0, below(packet.length + 1)) : packet
      const more = below(10) === 0 ? Buffer.from(times(40, () => below(256))) : Buffer.alloc(0)
      rcodes.add(judge(Buffer.concat([cut, more])))
    }
    // Good, malformed, not there, not done, refused, and no question: all were met.
    assert.deepEqual([...rcodes].sort(), [0, 1, 3, 4, 5, undefined])
  })

  test('50,000 random ones too, with counts and types of every kind', () => {
    const { below, pick, times } = createChance(54)
    for (let round = 0; round < 50_000; round++) {
      const packet = Buffer.from(times(90, () => below(256)))
      if (packet.length >= 12 && below(2) === 0) {
        packet.writeUInt16BE(0x0100, 2)
        for (const at of [4, 6, 8, 10]) packet.writeUInt16BE(pick([0, 0, 1, 2, 65_535]), at)
      }
      judge(packet)
    }
  })

  test('names that lead to themselves end', () => {
    const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    for (const name of [[0xc0, 12], [1, 97, 0xc0, 12], [0xc0, 0xff], [63], [64, 1]]) {
      judge(Buffer.from([...header, ...name, 0, 1, 0, 1]))
    }
  })

  test('a packet as long as TCP allows is judged in little time', () => {
    const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    const packet = Buffer.concat([
      Buffer.from(header),
      Buffer.from([2, 100, 98, 4, 115, 101, 114, 102, 0, 0, 1, 0, 1]),
      Buffer.alloc(65_000, Buffer.from([0xc0, 12])),
    ])
    const start = performance.now()
    for (let round = 0; round < 20; round++) answerPacket(packet, asked(zone))
    assert.ok(performance.now() - start < 1_000)
  })
})
