import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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

  test('fit what Serf carries even with very many ports', () => {
    const ports = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`${20_000 + at}/tcp`, [`${20_000 + at}`]]),
    )
    const where = answerQuery('where', '', { ...own, ports }) ?? ''
    assert.ok(Buffer.byteLength(where) < 900)
    assert.equal(JSON.parse(where).ip, '10.0.0.1')
    assert.equal(Object.keys(ask('ports', '', { ...own, ports }).ports).length, 40)
  })
})
