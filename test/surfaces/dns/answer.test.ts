import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode, type RecordType } from 'dns-packet'
import { answerPacket } from '../../../src/surfaces/dns/answer.ts'
import { createChance } from '../../catalog/random.ts'
import { service } from '../fake-catalog.ts'
import { asked, question, type Reply, reply, told, zoneOf } from './zone.ts'

const at = (number: number, tags: Record<string, string> = {}) =>
  service(number, { service: `10.0.${number >> 8}.${number & 255}`, ...tags })
const few = zoneOf(
  [
    at(1, { name: 'db-1', role: 'db', ports: '5432t32768,32769|53u53' }),
    at(2, { name: 'db-2', role: 'db', ports: '5432t5432' }),
    at(3, { name: 'six', role: 'six', service: 'fd00::3' }),
  ],
  { 'web-1.000001': { role: 'db', long: 'x'.repeat(300) } },
)
const opt = (udpPayloadSize: number) => ({
  additionals: [
    {
      type: 'OPT' as const,
      name: '.' as const,
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
})

describe('answers of the zone', () => {
  test('are the addresses of a role, of its oldest and of a node', () => {
    assert.deepEqual(told(few, 'db.serf', 'A'), ['NOERROR', '10.0.0.1', '10.0.0.2'])
    assert.deepEqual(told(few, 'oldest.db.serf', 'A'), ['NOERROR', '10.0.0.1'])
    assert.deepEqual(told(few, 'db-2.node.serf', 'A'), ['NOERROR', '10.0.0.2'])
    assert.deepEqual(told(few, 'six.serf', 'AAAA'), ['NOERROR', 'fd00::3'])
  })

  test('tell the real ports of a port inside, and the addresses of their nodes with them', () => {
    const records = ['32768 db-1.node.serf', '32769 db-1.node.serf', '5432 db-2.node.serf']
    assert.deepEqual(told(few, '_5432._tcp.db.serf', 'SRV'), ['NOERROR', ...records])
    assert.deepEqual(told(few, '_53._udp.db.serf', 'SRV'), ['NOERROR', '53 db-1.node.serf'])
    const { additionals = [] } = reply(question('_5432._tcp.db.serf', 'SRV'), asked(few)) as Reply
    assert.deepEqual(
      additionals.map((each) => `${each.name} ${'data' in each && each.data}`).sort(),
      ['db-1.node.serf 10.0.0.1', 'db-2.node.serf 10.0.0.2'],
    )
  })

  test('tell the tags of a node, long ones in strings that are put together', () => {
    const { answers = [] } = reply(question('db-1.node.serf', 'TXT'), asked(few)) as Reply
    const data = answers.map((each) => (each.type === 'TXT' ? each.data : [])) as Buffer[][]
    assert.deepEqual(
      data.map((strings) => strings.map(({ length }) => length)),
      [[7], [255, 50]],
    )
    assert.equal(Buffer.concat(data[1] ?? []).toString(), `long=${'x'.repeat(300)}`)
  })

  test('tell a name without such a record from one that is not there', () => {
    for (const [name, type] of [
      ['db.serf', 'AAAA'],
      ['six.serf', 'A'],
      ['db.serf', 'TXT'],
      ['_5432._tcp.db.serf', 'A'],
      ['_tcp.db.serf', 'SRV'],
      ['node.serf', 'A'],
      ['serf', 'A'],
    ] as [string, RecordType][]) {
      assert.deepEqual(told(few, name, type), ['NOERROR'], `${name} ${type}`)
    }
    for (const name of ['nope.serf', '_80._tcp.db.serf', 'oldest.nope.serf', 'x.node.serf']) {
      assert.deepEqual(told(few, name, 'A'), ['NXDOMAIN'], name)
    }
  })

  test('may be kept for a second only, the negative ones too', () => {
    for (const name of ['db.serf', 'nope.serf', 'node.serf']) {
      const { answers = [], authorities = [] } = reply(question(name, 'A'), asked(few)) as Reply
      const all = [...answers, ...authorities]
      assert.ok(all.length > 0)
      for (const each of all) assert.equal('ttl' in each && each.ttl, 1)
      for (const each of authorities) assert.equal(each.type === 'SOA' && each.data.minimum, 1)
    }
  })

  test('repeat the question byte for byte, in the case in which it came', () => {
    const packet = question('DB.SeRf', 'A')
    const answer = answerPacket(packet, asked(few)) as Buffer
    assert.deepEqual(answer.subarray(12, packet.length), packet.subarray(12))
    const raw = Buffer.concat([
      Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0xff, 0x80, 0x2e, 4]),
      Buffer.from('serf'),
      Buffer.from([0, 0, 1, 0, 1]),
    ])
    const other = answerPacket(raw, asked(few)) as Buffer
    assert.deepEqual(other.subarray(12, raw.length), raw.subarray(12))
    assert.equal(other.readUInt16BE(2) & 15, 3)
  })

  test('come in another order when chance is another', () => {
    const { below } = createChance(1)
    const firsts = new Set(
      Array.from({ length: 50 }, () => {
        const wish = asked(few, { random: () => below(1000) / 1000 })
        const { answers = [] } = reply(question('db.serf', 'A'), wish) as Reply
        const [first] = answers
        return first && 'data' in first && first.data
      }),
    )
    assert.deepEqual(firsts, new Set(['10.0.0.1', '10.0.0.2']))
  })

  test('refuse what is not of the zone, transfers and other classes, and say what is unknown', () => {
    assert.deepEqual(told(few, 'example.com', 'A'), ['REFUSED'])
    assert.deepEqual(told(few, 'notserf', 'A'), ['REFUSED'])
    assert.deepEqual(told(few, 'serf', 'AXFR'), ['NOTIMP'])
    const chaos = encode({
      type: 'query',
      questions: [{ name: 'db.serf', type: 'A', class: 'CH' }],
    })
    assert.equal(reply(chaos, asked(few))?.rcode, 'NOTIMP')
    const update = question('db.serf', 'A')
    update.writeUInt16BE(5 << 11, 2)
    assert.equal(reply(update, asked(few))?.rcode, 'NOTIMP')
  })

  test('say that two questions, or half a one, are malformed', () => {
    const two = encode({
      type: 'query',
      questions: [
        { name: 'db.serf', type: 'A' },
        { name: 'six.serf', type: 'A' },
      ],
    })
    const whole = question('db.serf', 'A')
    for (const packet of [two, whole.subarray(0, 12), whole.subarray(0, whole.length - 1)]) {
      assert.equal(reply(packet, asked(few))?.rcode, 'FORMERR')
    }
  })

  test('are none to an answer, or to less than a header', () => {
    const answer = encode({ type: 'response', questions: [{ name: 'db.serf', type: 'A' }] })
    assert.equal(answerPacket(answer, asked(few)), undefined)
    assert.equal(answerPacket(Buffer.alloc(11), asked(few)), undefined)
  })
})

describe('answers that are long', () => {
  const many = zoneOf(
    Array.from({ length: 1000 }, (_, number) => at(number + 1, { role: 'db', ports: '1t1' })),
  )

  test('lose the addresses of targets first', () => {
    const ten = zoneOf(Array.from({ length: 10 }, (_, number) => at(number + 1, { ports: '1t1' })))
    const packet = question('_1._tcp.web.serf', 'SRV', opt(1232))
    const { answers = [], additionals = [], flag_tc } = reply(packet, asked(ten)) as Reply
    assert.equal(answers.length, 10)
    assert.equal(flag_tc, false)
    assert.ok(additionals.length > 0)
    const short = reply(question('_1._tcp.web.serf', 'SRV', opt(800)), asked(ten)) as Reply
    assert.deepEqual([short.answers?.length, short.flag_tc], [10, false])
    assert.ok((short.additionals?.length ?? 0) <= 1)
  })

  test('say over UDP that TCP is to be asked, within what the asker takes', () => {
    for (const [packet, limit] of [
      [question('db.serf', 'A'), 512],
      [question('db.serf', 'A', opt(900)), 900],
      [question('db.serf', 'A', opt(65_000)), 1232],
    ] as [Buffer, number][]) {
      const { flag_tc, bytes, answers = [] } = reply(packet, asked(many)) as Reply
      assert.deepEqual([flag_tc, answers.length], [true, 0])
      assert.ok(bytes <= limit)
    }
  })

  test('fit into what TCP can carry', () => {
    const wish = asked(many, { transport: 'tcp' })
    const all = reply(question('db.serf', 'A'), wish) as Reply
    assert.equal(all.answers?.length, 1000)
    const srv = reply(question('_1._tcp.db.serf', 'SRV'), wish) as Reply
    assert.ok(srv.bytes <= 65_535)
    assert.ok((srv.answers?.length ?? 0) > 800, `${srv.answers?.length}`)
  })
})
