import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createChance, HOSTILE } from '../../catalog/random.ts'
import { ask } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

const PATHS = ['/v1/members', '/v1/services', '/v1/events', '/v1/queries', '/v1/stream', '/v1/node']
const WORDS = [
  '/',
  '?',
  '&',
  '=',
  '%',
  '%00',
  '%2f',
  '..',
  'watch',
  'wait',
  'role',
  'since',
  'é',
  '#',
]
const VALUES = [null, true, 0, -1, 1.5, '', 'x', [], {}, [[]], { '': '' }, 'a'.repeat(600)]
const FIELDS = ['name', 'payload', 'payload_base64', 'filter', 'timeout_ms', '__proto__', 'nodes']

test('4,000 requests of all sorts get a clear answer, and none of them a failure of ours', async () => {
  const { below, pick, times } = createChance(4)
  const node = smallNode()
  await using served = await serving(node)
  const value = (): unknown =>
    below(4) === 0
      ? Object.fromEntries(times(4, () => [pick(FIELDS), pick(VALUES)]))
      : pick<unknown>([...VALUES, ...HOSTILE])
  for (let round = 0; round < 4_000; round++) {
    const path = `${pick(PATHS)}${times(6, () => pick([...WORDS, ...HOSTILE.map((text) => encodeURIComponent(Buffer.from(text).toString()))])).join('')}`
    const body = Object.fromEntries(times(4, () => [pick(FIELDS), value()]))
    const asking =
      below(2) === 0
        ? { method: pick(['GET', 'HEAD', 'PUT', 'POST']) }
        : { method: 'POST', body: below(9) === 0 ? value() : { name: 'x', ...body } }
    const isStream = path.startsWith('/v1/stream') || path.includes('watch')
    if (isStream && asking.method === 'GET') continue
    const to = pick([path, pick(PATHS)])
    if (to === '/v1/stream' && asking.method === 'GET') continue
    const { status } = await ask(served, encodeURI(to).replaceAll('%25', '%'), asking)
    assert.ok(status < 500 || status === 503, `${asking.method} ${to}: ${status}`)
  }
  for (const { filter } of node.asked) {
    const { nodes, role, tags } = filter ?? {}
    assert.ok(filter === undefined || Object.keys(filter).length > 0)
    assert.ok(nodes === undefined || (nodes.length > 0 && nodes.every((name) => name !== '')))
    assert.ok(role !== '')
    assert.ok(tags === undefined || Object.keys(tags).length > 0)
  }
})

test('2,000 connections of random bytes are answered or cut, and the next caller is served', async () => {
  const { below, pick, times } = createChance(5)
  const parts = [
    'GET ',
    'POST ',
    '/v1/node',
    ' HTTP/1.1\r\n',
    'Host: x\r\n',
    '\r\n',
    '\0',
    'é',
    ': ',
  ]
  await using served = await serving(smallNode())
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ path: served.socketPath })
      const text = times(12, () => pick([...parts, String.fromCharCode(below(256))])).join('')
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
      socket.end(Buffer.from(text, 'latin1'))
    })
  for (let round = 0; round < 100; round++) await Promise.all(Array.from({ length: 20 }, send))
  assert.equal((await ask(served, '/healthz')).status, 200)
  assert.deepEqual(
    served.log.lines.filter(({ level }) => level === 'error'),
    [],
  )
})
