import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { countMorePorts } from '../../src/catalog/more-ports.ts'
import { decodePorts } from '../../src/catalog/ports.ts'
import { fitTags, readTags, TAGS_MAX, tagsSize } from '../../src/catalog/tags.ts'
import { createChance, listed, randomPorts } from './random.ts'

const FACTS = {
  name: 'mysql-1',
  role: 'mysql',
  serf_ip: '172.17.0.2',
  serf_port: '7946',
  service_ip: '172.17.0.2',
  service_port: '3306',
  ports: { '3306/tcp': ['3306'] },
  timestamp: '1700000000',
}
const asMember = (tags: Record<string, string>) => ({
  name: 'mysql-1.abcdef',
  addr: '172.17.0.2',
  port: 7946,
  tags,
})

describe('tags', () => {
  test('carry the facts of a node under the names of 2015', () => {
    assert.deepEqual(fitTags(FACTS).tags, {
      name: 'mysql-1',
      role: 'mysql',
      ip: '172.17.0.2',
      serf_port: '7946',
      service: '172.17.0.2',
      service_port: '3306',
      ports: '3306t3306',
      timestamp: '1700000000',
    })
  })

  test('come back as the facts they were made from', () => {
    const read = readTags(asMember(fitTags(FACTS).tags))
    assert.deepEqual(read, {
      name: 'mysql-1',
      role: 'mysql',
      service: { id: 'mysql-1.abcdef', ...FACTS },
    })
  })

  test('say nothing of a service before there is one', () => {
    const { service_ip: _, ...early } = FACTS
    const { tags, leftOut } = fitTags(early)
    assert.deepEqual(Object.keys(tags), ['name', 'role', 'ip', 'serf_port', 'timestamp'])
    assert.deepEqual(leftOut, {})
    assert.deepEqual(readTags(asMember(tags)), { name: 'mysql-1', role: 'mysql' })
  })

  test('are counted in bytes as Serf encodes them', () => {
    // Measured: with a key of one letter Serf takes a value of 505 bytes and not of 506.
    assert.equal(tagsSize({ k: 'x'.repeat(505) }), TAGS_MAX)
    assert.equal(tagsSize({}), 2)
    assert.equal(tagsSize({ a: 'x'.repeat(31) }), 2 + 2 + 32)
    assert.equal(tagsSize({ a: 'x'.repeat(32) }), 2 + 2 + 35)
    assert.equal(tagsSize({ a: 'ü' }), 2 + 2 + 3)
    const sixteen = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`${at + 10}`, '']))
    assert.equal(tagsSize(sixteen), 1 + 3 + 16 * (3 + 1))
  })

  test('leave out the ports that do not fit, say which, and that there are more', () => {
    const chance = createChance(3)
    let left = 0
    for (let round = 0; round < 300; round++) {
      const facts = {
        ...FACTS,
        role: 'r'.repeat(1 + chance.below(100)),
        ports: randomPorts(chance, 60),
      }
      const { tags, leftOut, untold } = fitTags(facts)
      assert.ok(tagsSize(tags) <= TAGS_MAX, `${tagsSize(tags)} bytes`)
      const read = readTags(asMember(tags))
      assert.ok('service' in read && read.service)
      assert.deepEqual({ ...read.service.ports, ...leftOut }, facts.ports)
      assert.deepEqual(untold, {})
      assert.equal(countMorePorts(tags), Object.keys(leftOut).length)
      left += Object.keys(leftOut).length
    }
    assert.ok(left > 100, 'the property met long lists')
  })

  test('say nothing of more ports as long as the last byte is enough', () => {
    const ports = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, at) => [`${10_000 + at}/tcp`, [`${10_000 + at}`]]),
      )
    const role = (count: number) =>
      'r'.repeat(TAGS_MAX - tagsSize(fitTags({ ...FACTS, role: '', ports: ports(count) }).tags) - 2)
    const exact = fitTags({ ...FACTS, role: role(20), ports: ports(20) })
    assert.equal(tagsSize(exact.tags), TAGS_MAX)
    assert.deepEqual([exact.leftOut, exact.tags['more_ports']], [{}, undefined])
    const over = fitTags({ ...FACTS, role: `${role(20)}r`, ports: ports(20) })
    assert.match(over.tags['more_ports'] ?? '', /^3\./)
    assert.ok(tagsSize(over.tags) <= TAGS_MAX)
  })

  test('change when only ports do that have no room in them', () => {
    const ports = randomPorts(createChance(8), 500)
    const before = fitTags({ ...FACTS, ports })
    const [last = ''] = Object.keys(before.leftOut).slice(-1)
    const after = fitTags({ ...FACTS, ports: { ...ports, [last]: ['1'] } })
    assert.equal(after.tags['ports'], before.tags['ports'])
    assert.notEqual(after.tags['more_ports'], before.tags['more_ports'])
  })

  test('do not promise ports that nobody can be told', () => {
    const few = fitTags({ ...FACTS, ports: { '80/sctp': ['80'], '81/tcp': ['81'] } })
    assert.deepEqual(few.untold, { '80/sctp': ['80'] })
    assert.deepEqual([few.tags['ports'], few.tags['more_ports']], ['81t81', undefined])
    const ports = Object.fromEntries(
      Array.from({ length: 9_999 }, (_, at) => [`${50_000 + at}/udp`, [`${50_000 + at}`]]),
    )
    const many = fitTags({ ...FACTS, ports })
    const told = decodePorts(many.tags['ports'] ?? '')
    assert.deepEqual({ ...told, ...many.leftOut, ...many.untold }, ports)
    assert.equal(countMorePorts(many.tags), Object.keys(many.leftOut).length)
    assert.ok(Object.keys(many.untold).length > 8_000)
  })

  test('have room for the longest names without ports', () => {
    const ip = 'fd00:1111:2222:3333:4444:5555:6666:7777'
    const role = 'r'.repeat(128)
    const { tags } = fitTags({ ...FACTS, name: 'n'.repeat(63), role, serf_ip: ip, service_ip: ip })
    assert.ok(tagsSize(tags) <= TAGS_MAX)
  })

  test('that can never fit are an error that names the node', () => {
    assert.throws(() => fitTags({ ...FACTS, role: 'r'.repeat(500) }), {
      name: 'CatalogError',
      code: 'tags-too-long',
      message: /mysql-1: \d+ bytes, 512 fit/,
    })
  })

  test('of a plain serf agent make a member without service', () => {
    const read = readTags({ ...asMember({}), name: 'laptop' })
    assert.deepEqual(read, { name: 'laptop', role: 'no_role' })
  })

  test('with an empty service have none yet, and are not refused', () => {
    const read = readTags(listed(1, { tags: { service: '' } }))
    assert.deepEqual(read, { name: 'web-1', role: 'web' })
  })

  test('without a timestamp give no service', () => {
    const { timestamp: _, ...tags } = listed(1).tags
    assert.deepEqual(readTags({ ...listed(1), tags }), { refused: 'timestamp' })
  })

  test('with a wrong `more_ports` are refused for it', () => {
    for (const more_ports of ['', '7', '-1.abcdefgh', '99999.abcdefgh']) {
      assert.deepEqual(readTags(listed(1, { tags: { more_ports } })), { refused: 'more_ports' })
    }
  })

  test('of 2015, with a float and no name, still give a service', () => {
    const { name: _, ...tags } = listed(1, { tags: { timestamp: '1431907200.25' } }).tags
    const read = readTags({ ...listed(1), tags })
    assert.ok('service' in read)
    assert.equal(read.service?.name, listed(1).name)
    assert.equal(read.service?.timestamp, '1431907200.25')
  })
})
