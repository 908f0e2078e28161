import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listedNode, showPorts } from '../../src/cli/commands/members.ts'
import { parseTags, shownAnswer, withoutSuccess } from '../../src/cli/commands/query.ts'
import { renderAgentLine } from '../../src/cli/logs/log-line.ts'
import { mergeOrdered } from '../../src/cli/logs/merge.ts'
import { createPrinter } from '../../src/cli/logs/printer.ts'
import { createLineSplitter } from '../../src/docker/log-lines.ts'
import type { SerfMember } from '../../src/serf/client.ts'

const paint = (_: unknown, text: string): string => text

describe('the lines of a log', () => {
  const T = '2024-05-01T10:00:00.123456789Z'
  const bytes = Buffer.from(`${T} first ä\r\n${T} \nno time here\n${T} last`)

  test('are the same wherever the bytes are cut', () => {
    const read = (size: number) => {
      const splitter = createLineSplitter()
      const lines = []
      for (let at = 0; at < bytes.length; at += size) {
        lines.push(...splitter.push('stdout', bytes.subarray(at, at + size)))
      }
      return [...lines, ...splitter.end()]
    }
    const whole = read(bytes.length)
    assert.deepEqual(
      whole.map(({ time, text }) => [time, text]),
      [
        [T, 'first ä'],
        [T, ''],
        ['', 'no time here'],
        [T, 'last'],
      ],
    )
    for (let size = 1; size < 20; size++) assert.deepEqual(read(size), whole)
  })

  test('of one stream are not torn by the other', () => {
    const splitter = createLineSplitter()
    assert.deepEqual(splitter.push('stdout', Buffer.from('out')), [])
    assert.deepEqual(
      splitter.push('stderr', Buffer.from('err\n')).map(({ text }) => text),
      ['err'],
    )
    assert.deepEqual(
      splitter.push('stdout', Buffer.from('put\n')).map(({ text }) => text),
      ['output'],
    )
  })

  test('of the agent are rendered for people, others stay as they are', () => {
    const line = { level: 'warn', time: 'x', msg: 'peer down', peer: 'db', why: 'no route', n: 3 }
    assert.equal(
      renderAgentLine(JSON.stringify(line), { paint }),
      'warn  peer down peer=db why="no route" n=3',
    )
    for (const text of ['plain', '{"level":1}', '{broken', 'null']) {
      assert.equal(renderAgentLine(text, { paint }), text)
    }
    assert.equal(renderAgentLine('\u001b[31mred', { paint }), '\\x1b[31mred')
  })

  test('of the agent say each thing once', () => {
    const why = 'image shop is not here'
    const line = { level: 'warn', msg: `child a: ${why}`, child: 'a', reason: why, container: 'x1' }
    assert.equal(
      renderAgentLine(JSON.stringify(line), { paint }),
      `warn  child a: ${why} child=a container=x1`,
    )
  })

  test('stand behind the name of their container, which leaves most of a terminal to them', () => {
    const shown = (columns?: number): string[] => {
      const lines: string[] = []
      const out = { paint, columns, line: (text = '') => lines.push(text) } as never
      const printer = createPrinter({ out }, {}, false)
      const sources = [
        { containerId: '1', node: 'web-123456' },
        { containerId: '2', node: 'the-database-of-the-shop-08b7fd', child: 'mysql' },
      ]
      for (const source of sources) printer.announce(source)
      for (const source of sources) {
        printer.print({ source, stream: 'stdout', time: '', text: 'hello' })
      }
      return lines
    }
    assert.deepEqual(shown(80), [
      'web-123456                 | hello',
      'the-database-…08b7fd/mysql | hello',
    ])
    assert.deepEqual(shown(), [
      'web-123456                            | hello',
      'the-database-of-the-shop-08b7fd/mysql | hello',
    ])
  })

  test('of several containers come in order of time', async () => {
    const from = async function* (times: number[]) {
      yield* times
    }
    const merged = mergeOrdered([from([1, 4, 5]), from([]), from([2, 3, 6])], (a, b) => a < b)
    const all = []
    for await (const time of merged) all.push(time)
    assert.deepEqual(all, [1, 2, 3, 4, 5, 6])
  })
})

const member = (change: Partial<SerfMember> = {}): SerfMember => ({
  name: 'web-1.abcdef',
  addr: '172.17.0.2',
  port: 7946,
  status: 'alive',
  tags: {
    name: 'web-1',
    role: 'web',
    ip: '172.17.0.2',
    serf_port: '7946',
    service: '172.17.0.2',
    service_port: '0',
    ports: '80t8080|53u53',
    timestamp: '1700000000.5',
  },
  ...{
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 4,
  },
  ...change,
})

describe('a member', () => {
  test('is shown under the names of NodeInfo', () => {
    assert.deepEqual(listedNode(member()), {
      ...{ id: 'web-1.abcdef', name: 'web-1', role: 'web', status: 'alive' },
      ...{ serf_ip: '172.17.0.2', serf_port: '7946', service_ip: '172.17.0.2', service_port: '0' },
      ports: { '53/udp': ['53'], '80/tcp': ['8080'] },
      timestamp: '1700000000.5',
    })
    assert.equal(showPorts({ '53/udp': ['53'], '80/tcp': ['8080', '80'] }), '53/udp, 8080->80, 80')
  })

  test('of more ports than its tags hold says how many more', () => {
    const tags = { ...member().tags, more_ports: '97.abcdefgh' }
    const { ports, more_ports } = listedNode(member({ tags }))
    assert.equal(more_ports, 97)
    assert.equal(showPorts(ports, more_ports), '53/udp, 8080->80 and 97 more')
  })

  test('without a service, or of plain serf, is one all the same', () => {
    const { service_ip, role, serf_ip } = listedNode(member({ tags: {} }))
    assert.deepEqual([service_ip, role, serf_ip], [undefined, 'no_role', '172.17.0.2'])
  })

  test('that sends hostile texts is shown, escaped and marked', () => {
    const shown = listedNode(
      member({ tags: { ...member().tags, role: 'x\n1.2.3.4 bank\u001b[2J', ip: '127.0.0.1\n' } }),
    )
    for (const text of Object.values(shown)) assert.doesNotMatch(String(text), /[\n\u001b]/)
    assert.ok(shown.refused)
  })
})

describe('a query', () => {
  test("loses 2015's word for success from its answers, and nothing else", () => {
    assert.equal(withoutSuccess('{"ip":"1"}\n\nSUCCESS'), '{"ip":"1"}')
    assert.equal(withoutSuccess('x\nSUCCESS'), 'x')
    for (const text of ['SUCCESS', 'a SUCCESS', 'x\n\nERROR', 'SUCCESS\nx']) {
      assert.equal(withoutSuccess(text), text)
    }
  })

  test('shows an answer without the newline at its end, and nothing that a terminal obeys', () => {
    assert.equal(shownAnswer({ payload: '0.1 0.2\n' }), '0.1 0.2')
    assert.equal(shownAnswer({ payload: 'a\nb\u001b[2J\n' }), 'a\nb\\x1b[2J')
    assert.equal(shownAnswer({ payload_base64: '//4=' }), 'base64 //4=')
  })

  test('takes tags as key=value, the first = divides', () => {
    assert.deepEqual(parseTags(['zone=eu', 'x=a=b']), { zone: 'eu', x: 'a=b' })
    for (const wrong of ['zone', '=eu', 'zone='])
      assert.throws(() => parseTags([wrong]), /KEY=VALUE/)
  })
})
