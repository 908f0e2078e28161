import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestPorts } from '../../src/catalog/more-ports.ts'
import { askPart } from '../../src/catalog/port-parts.ts'
import { answerQuery, type OwnAnswer } from '../../src/events/answers.ts'

const own: OwnAnswer = {
  id: 'db-1.abc123',
  name: 'db-1',
  role: 'db',
  ports: { '3306/tcp': ['3306'], '53/udp': ['53'] },
  serf_ip: '10.0.0.1',
  serf_port: '7946',
  service_ip: '10.0.0.2',
  service_port: '0',
  timestamp: '1.000',
  rpc_port: 7373,
}
const manyPorts = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`${20_000 + at}/tcp`, [`${20_000 + at}`]]),
  )
const ask = (name: string, payload: string, of = own) => {
  const answer = answerQuery(name, payload, of)
  return answer === undefined ? undefined : JSON.parse(answer)
}

describe('the queries of 2015', () => {
  test('where: says where the node is, with all of its info besides', () => {
    const answer = ask('where', '{"role":"db"}')
    assert.equal(answer.ip, '10.0.0.1')
    assert.equal(answer.advertise, '10.0.0.1:7946')
    assert.equal(answer.bind, '0.0.0.0:7946')
    assert.equal(answer.rpc, '127.0.0.1:7373')
    const { rpc_port: _, ...info } = own
    for (const [key, value] of Object.entries(info)) assert.deepEqual(answer[key], value)
  })

  test("ports: says the service's address and its ports, udp as udp", () => {
    const answer = ask('ports', '{"role":"db"}')
    assert.equal(answer.ip, '10.0.0.2')
    assert.deepEqual(answer.ports, own.ports)
  })

  test('are answered by the role that is asked, or by all when none is named', () => {
    assert.equal(ask('where', '{"role":"web"}'), undefined)
    assert.ok(ask('where', ''))
    for (const wrong of ['{"role"', '[]', 'null', '"db"', '{"rule":"db"}']) {
      assert.equal(ask('ports', wrong), undefined)
    }
    assert.equal(ask('uptime', '{"role":"db"}'), undefined)
  })

  test('fit what Serf carries even with very many ports, and say how many more there are', () => {
    for (const count of [40, 45, 300]) {
      const all = manyPorts(count)
      const of = { ...own, ports: all }
      const where = answerQuery('where', '', of) ?? ''
      assert.ok(Buffer.byteLength(where) < 970)
      assert.equal(JSON.parse(where).ip, '10.0.0.1')
      assert.ok((answerQuery('ports', '{"role":"db"}', of) ?? '').length < 970)
      const { ip, ports, more_ports = 0 } = ask('ports', '{"role":"db"}', of)
      assert.equal(ip, '10.0.0.2')
      const told = Object.keys(ports).length
      assert.ok(told >= 40)
      assert.equal(told + more_ports, count)
      assert.deepEqual({ ...all, ...ports }, all)
    }
  })

  test('ports: gives another node a part of all, in the short code', () => {
    const ports = manyPorts(300)
    const payload = askPart({ digest: digestPorts(ports), from: 0 })
    assert.deepEqual(ask('ports', payload, { ...own, ports }), { code: '20000-20299t' })
    assert.equal(ask('ports', payload), undefined, 'it has others now')
    assert.equal(ask('where', payload, { ...own, ports }), undefined)
  })
})
