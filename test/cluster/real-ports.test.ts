import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Ports } from '../../src/catalog/catalog.ts'
import { acceptPorts, digestPorts } from '../../src/catalog/more-ports.ts'
import { askPart, readPart } from '../../src/catalog/port-parts.ts'
import { tellablePorts } from '../../src/catalog/port-ranges.ts'
import { askMember } from '../../src/cluster/ask-member.ts'
import { answerQuery } from '../../src/events/answers.ts'
import { connectSerf, type SerfConnection, type SerfEvent } from '../../src/serf/client.ts'
import { type RunningSerf, startSerf } from '../support/serf.ts'

/** As long as a member name may be: it is carried with each answer. */
const ID = 'n'.repeat(128)
const ALL: Ports = tellablePorts(
  Object.fromEntries(
    Array.from({ length: 2_000 }, (_, at) => [`${10_000 + at * 7}/udp`, [`${50_000 + at * 3}`]]),
  ),
)
const OWN = {
  ...{ id: ID, name: 'db', role: 'db', ports: ALL, timestamp: '1', rpc_port: 7373 },
  ...{ serf_ip: '10.0.0.1', serf_port: '7946', service_ip: '10.0.0.1', service_port: '0' },
}

describe('three real serfs, of which one has more ports than its tags tell', () => {
  let serfs: RunningSerf[] = []
  let connections: SerfConnection[] = []
  const ended = new AbortController()
  const asked = [0, 0, 0]
  const refused: unknown[] = []

  before(async () => {
    serfs = await Promise.all([startSerf(), startSerf({ name: ID }), startSerf()])
    connections = await Promise.all(serfs.map(({ rpcPort: port }) => connectSerf({ port })))
    const [first] = connections
    await first?.join(serfs.slice(1).map(({ address }) => address))
    for (const at of [1, 2]) {
      const events = connections[at]!.stream('query', ended.signal)
      void answer(at, events)
      await events.ready
    }
  })
  after(async () => {
    ended.abort()
    for (const connection of connections) connection.close()
    for (const serf of serfs) await serf[Symbol.asyncDispose]()
  })

  const answer = async (at: number, events: AsyncIterable<SerfEvent>): Promise<void> => {
    const connection = connections[at]!
    for await (const event of events) {
      if (event.type !== 'query') continue
      asked[at]! += 1
      const text = answerQuery(event.name, Buffer.from(event.payload).toString(), OWN)
      if (at === 1 && text !== undefined) {
        await connection.respond(event.id, Buffer.from(text)).catch((error) => refused.push(error))
      }
    }
  }
  const ask = async (payload: string): Promise<Uint8Array> => {
    const answer = await askMember(
      connections[0]!,
      { id: ID, name: 'ports', payload },
      ended.signal,
    )
    assert.ok(answer, `no answer to ${payload}: ${refused}`)
    return answer
  }

  test('its answers fit, however long its name, and the third is not bothered', async () => {
    const digest = digestPorts(ALL)
    let code = ''
    for (let from: number | undefined = 0; from !== undefined; ) {
      const part = readPart(await ask(askPart({ digest, from })), from)
      assert.ok(part)
      code += part.code
      from = part.next
    }
    const count = Object.keys(ALL).length
    assert.ok(count > 1_300)
    assert.deepEqual(acceptPorts({ id: ID, count, digest }, code), ALL)
    assert.ok(asked[1]! > 15)
    assert.equal(asked[2], 0)
  })

  test('its plain answers of 2015 fit too', async () => {
    const { ports, more_ports } = JSON.parse(Buffer.from(await ask('{"role":"db"}')).toString())
    assert.equal(Object.keys(ports).length + more_ports, Object.keys(ALL).length)
  })

  test('it is silent when it has others than those asked for', async () => {
    const payload = askPart({ digest: 'abcdefgh', from: 0 })
    const request = { id: ID, name: 'ports', payload }
    assert.equal(await askMember(connections[0]!, request, ended.signal), undefined)
    assert.deepEqual(refused, [])
  })
})
