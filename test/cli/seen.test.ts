import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ShownNode } from '../../src/cli/engine-view.ts'
import type { ChildStatus } from '../../src/cli/node-status.ts'
import { renderNodes } from '../../src/cli/node-table.ts'
import { hiddenBecause, type NodeReport } from '../../src/cli/status/node-report.ts'
import { renderReport } from '../../src/cli/status/render-report.ts'
import { widthOf } from '../../src/cli/text-width.ts'

const NOW = Date.parse('2030-01-01T00:01:00Z')
const paint = (_: unknown, text: string): string => text
const MISSING = 'image registry.example.org/team/a-very-long-name:2024.11.3 is not here'
const HARD = 'join 10.99.99.99:7946: no answer, and a long tale of why that may well be so today'

const child = (name: string, change: Partial<ChildStatus> = {}): ChildStatus => ({
  name,
  container: `${name}_app_the-container-of-the-shop`,
  image: 'registry.example.org/team/some-image:2024.11.3',
  state: 'running',
  since: '2030-01-01T00:00:00Z',
  restarts: 0,
  warnings: [],
  ...change,
})

const children = [
  child('app'),
  child('crasher', { state: 'backoff', restarts: 12, last_reason: 'exited with code 3' }),
  child('a-child-of-a-very-long-name-indeed', { state: 'backoff', last_reason: MISSING }),
  child('reports', { state: 'waiting', waiting_for: ['role mysql', 'role reporting-database'] }),
]

const node: ShownNode = {
  id: 'the-database-of-the-shop-08b7fd.5e8b8f',
  node: 'the-database-of-the-shop-08b7fd',
  container: 'the-container-of-the-shop',
  state: 'running',
  phase: 'up',
  image: 'registry.example.org/team/my_shop:2024.11.3',
  ports: ['127.0.0.1:18443->443', '18080->80'],
  warnings: [HARD],
  children,
}

const report: NodeReport = {
  ...{ id: 'web-1.5e8b8f', name: 'web-1', role: 'web', cluster: 'shop', phase: 'up' },
  ...{ version: '1.0.0', timestamp: '1893455940', container: 'web1' },
  ...{ serf_ip: '172.17.0.2', serf_port: '7946', service_port: '0' },
  ports: { '53/udp': ['53'], '80/tcp': ['8080'] },
  hidden: 'not running: crasher',
  members: { alive: 3, failed: 1, left: 0 },
  failed: ['db-123456'],
  agent: { state: 'up' },
  serf: { state: 'up' },
  warnings: [HARD],
  children,
}

const squeezed = (text: string): string => text.replace(/\s+/g, '')

/** Whoever looks finds these, whatever the width: states whole, reasons to their last word. */
const assertReadable = (text: string, columns: number): void => {
  for (const line of text.split('\n')) assert.ok(widthOf(line) <= columns, `${columns}: ${line}`)
  for (const state of ['running', 'backoff', 'waiting']) assert.match(text, new RegExp(`${state} `))
  for (const why of [MISSING, HARD, 'exited with code 3', 'role mysql, role reporting-database']) {
    assert.ok(squeezed(text).includes(squeezed(why)), `${columns}: ${why} in\n${text}`)
  }
}

describe('what runs on an engine', () => {
  test('is readable in 80 columns, and in 200', () => {
    for (const columns of [80, 100, 200]) {
      assertReadable(renderNodes([node], { columns, paint }, NOW), columns)
    }
  })

  test('is a tree on a terminal, and a line that stands for itself elsewhere', () => {
    const [title, , tree] = renderNodes([node], { columns: 80, paint }, NOW).split('\n')
    assert.match(title ?? '', /^NODE +STATE +RESTARTS +CONTAINER/)
    assert.match(tree ?? '', /^ {4}join 10/)
    const lines = renderNodes([node], { columns: undefined, paint }, NOW).split('\n')
    assert.equal(lines.length, 7)
    assert.match(lines[2] ?? '', /^the-database-of-the-shop-08b7fd\/app +running +0 +app_app_the/)
  })

  test('tells nodes apart by the end of their names when these are too long', () => {
    const other = { ...node, node: 'the-database-of-the-shop-999999', children: [] }
    const text = renderNodes([{ ...node, children: [] }, other], { columns: 44, paint }, NOW)
    assert.match(text, /…\S*08b7fd/)
    assert.match(text, /…\S*999999/)
  })
})

describe('the status of a node', () => {
  test('is readable in 80 columns, and in 200', () => {
    for (const columns of [80, 200]) {
      assertReadable(renderReport(report, { columns, paint }, NOW), columns)
    }
  })

  test('says who it is, who is there, and what it tells the others', () => {
    const lines = renderReport(report, { columns: 200, paint }, NOW).split('\n')
    assert.deepEqual(lines.slice(0, 8), [
      'node       web-1 (container web1)',
      'state      up, started 2m ago',
      'id         web-1.5e8b8f, Serfnode 1.0.0',
      'role       web',
      'cluster    shop: 3 alive, 1 failed (db-123456)',
      'address    172.17.0.2:7946',
      'service    hidden, not running: crasher',
      'ports      53/udp, 8080->80',
    ])
    const shown = renderReport(
      { ...report, service_ip: '10.0.0.1', service_port: '80' },
      { columns: 200, paint },
      NOW,
    )
    assert.match(shown, /^service +10\.0\.0\.1:80$/m)
  })

  test('says since when it is old, and what of the node is down', () => {
    const since = '2030-01-01T00:00:30Z'
    const broken: NodeReport = {
      ...report,
      agent: { state: 'silent', since },
      serf: { state: 'down', since, reason: 'ask serf: connection refused' },
    }
    delete broken.members
    const text = renderReport(broken, { columns: 200, paint }, NOW)
    assert.match(text, /^cluster +shop: serf does not answer$/m)
    assert.match(text, /^agent +silent for 30s; .* as they were then$/m)
    assert.match(text, /^serf +down for 30s; ask serf: connection refused$/m)
  })

  test('is shown of a node that tells less, and without children', () => {
    const { id, name, role, cluster, phase, agent, serf } = report
    const old: NodeReport = {
      ...{ id, name, role, cluster, phase, agent, serf },
      ...{ warnings: [], children: [] },
    }
    assert.equal(renderReport(old, { columns: 80, paint }, NOW).split('\n').length, 6)
  })

  test('keeps hostile texts away from the terminal', () => {
    const hostile = { ...report, warnings: ['\u001b[2J'], failed: ['x\u001b[2J'], role: 'a\nb' }
    assert.doesNotMatch(renderReport(hostile, { columns: 80, paint }, NOW), /\u001b/)
  })

  test('names why its service is hidden', () => {
    const of = (change: object) => hiddenBecause({ ...report, ...change })
    assert.equal(of({ service_ip: '10.0.0.1' }), undefined)
    assert.equal(of({}), 'not running: crasher, a-child-of-a-very-long-name-indeed, reports')
    const five = ['a', 'b', 'c', 'd', 'e'].map((name) => child(name, { state: 'waiting' }))
    assert.equal(of({ children: five }), 'not running: a, b, c and 2 more')
    assert.equal(of({ phase: 'stopping' }), 'the node stops')
    assert.equal(of({ children: [] }), 'it has just come up')
    assert.equal(of({ children: [], phase: 'waiting' }), 'the node is waiting')
  })
})
