import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTagTeller, type TagTellerOptions } from '../../src/agent/tag-teller.ts'
import { pause } from '../../src/lib/wait.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'

const facts = (port: string, visible = true) => ({
  name: 'web-1',
  role: 'web',
  serf_ip: '10.0.0.1',
  serf_port: '7946',
  service_port: '0',
  timestamp: '1.000',
  ports: { [`${port}/tcp`]: [port] },
  ...(visible ? { service_ip: '10.0.0.1' } : {}),
})

const teller = (part: Partial<TagTellerOptions> = {}) => {
  const sent: { set: Record<string, string>; remove: string[] }[] = []
  const written: Record<string, string>[] = []
  const tags = createTagTeller({
    write: async (tags) => void written.push(tags),
    send: async (change) => void sent.push(change),
    log: keptLog(),
    ...part,
  })
  return { ...tags, sent, written }
}

describe('telling tags', () => {
  test('writes them for the next serf and tells the running one, once', async () => {
    const order: string[] = []
    const tags = teller({
      write: async () => void order.push('write'),
      send: async () => void order.push('send'),
    })
    await tags.tell(facts('80'))
    await tags.tell(facts('80'))
    assert.deepEqual(order, ['write', 'send'])
  })

  test('takes the tags of a service back when it is hidden', async () => {
    const tags = teller()
    await tags.tell(facts('80'))
    await tags.tell(facts('80', false))
    assert.deepEqual(tags.sent[0]?.remove, ['more_ports'])
    assert.deepEqual(tags.sent[1]?.remove, ['service', 'service_port', 'ports', 'more_ports'])
  })

  test('tells the newest only when changes come faster than serf takes them', async () => {
    const tags = teller({ write: () => pause(5) })
    await Promise.all(['1', '2', '3', '4'].map((port) => tags.tell(facts(port))))
    const last = tags.sent.at(-1)?.set['ports']
    assert.equal(last, '4t4')
    assert.ok(tags.sent.length <= 2)
  })

  test('tells the running serf even when the disk is full, and writes as soon as it can', async () => {
    let tries = 0
    const tags = teller({
      write: async () => {
        if (tries++ === 0) throw new Error('ENOSPC')
      },
    })
    await tags.tell(facts('80'))
    assert.equal(tags.sent.length, 1)
    await eventually(() => assert.equal(tries, 2), { within: 5_000 })
  })

  test('says once how many ports have no room in the tags, and which nobody learns of', async () => {
    const log = keptLog()
    const tags = teller({ log })
    const ports = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`${20_000 + at}/udp`, [`${20_000 + at}`]]),
    )
    const crowded = { ...facts('80'), ports: { ...ports, '80/sctp': ['80'] } }
    await tags.tell(crowded)
    await tags.tell(crowded)
    const warnings = log.lines.filter(({ level }) => level === 'warn')
    assert.equal(warnings.length, 2)
    assert.match(warnings[0]?.message ?? '', /^ports without room in the tags: other nodes fetch/)
    const left = Number(tags.sent[0]?.set['more_ports']?.split('.')[0])
    const first = Object.keys(ports).slice(100 - left, 110 - left)
    assert.deepEqual(warnings[0]?.facts, { count: left, first })
    assert.deepEqual(warnings[1]?.facts, { count: 1, first: ['80/sctp'] })
  })

  test('tells again what could not be told, when serf is back', async () => {
    let isUp = false
    const sent: string[] = []
    const tags = teller({
      send: async ({ set }) => {
        if (!isUp) throw new Error('serf is down')
        sent.push(set['ports'] ?? '')
      },
    })
    await tags.tell(facts('80'))
    assert.deepEqual(sent, [])
    isUp = true
    await tags.again()
    await tags.again()
    assert.deepEqual(sent, ['80t80'])
  })
})
