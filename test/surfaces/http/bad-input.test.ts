import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { DockerError } from '../../../src/docker/errors.ts'
import { EventError } from '../../../src/events/errors.ts'
import { type Asking, ask, refusal } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

const json = (body: unknown): Asking => ({ method: 'POST', body })

describe('bad input', () => {
  const node = smallNode()
  let served: Awaited<ReturnType<typeof serving>>
  before(async () => {
    served = await serving(node)
  })
  after(() => served[Symbol.asyncDispose]())
  beforeEach(() => {
    node.raised.length = 0
    node.asked.length = 0
  })

  const BODIES: Record<string, unknown> = {
    'a list': [],
    null: null,
    'a text': 'deploy',
    'no name': {},
    'an empty name': { name: '' },
    'a number as name': { name: 1 },
    'an unknown field': { name: 'x', payloud: 'y' },
    'both payloads': { name: 'x', payload: 'a', payload_base64: 'YQ==' },
    'no base64': { name: 'x', payload_base64: '%%' },
    'base64 that is no text': { name: 'x', payload_base64: 1 },
  }
  for (const [what, body] of Object.entries(BODIES)) {
    test(`an event or query with ${what} is refused`, async () => {
      assert.equal(await refusal(served, '/v1/events', json(body)), '400 json')
      assert.equal(await refusal(served, '/v1/queries', json(body)), '400 json')
      assert.equal(node.raised.length + node.asked.length, 0)
    })
  }

  for (const filter of [
    ...[{}, null, [], '', 'web', { role: '' }, { role: 1 }, { nodes: [] }, { nodes: [''] }],
    ...[{ nodes: 'web' }, { nodes: ['a b'] }, { tags: {} }, { tags: [] }, { tags: { role: '' } }],
    ...[{ tags: { '': 'x' } }, { tags: { role: 1 } }, { tags: { role: 'a\nb' } }, { rolle: 'web' }],
    ...[{ role: 'web', tags: {} }, { nodes: Array(101).fill('a') }],
  ]) {
    test(`a filter that is empty or wrong is never sent: ${JSON.stringify(filter).slice(0, 40)}`, async () => {
      const refused = await refusal(served, '/v1/queries', json({ name: 'load', filter }))
      assert.equal(refused, '400 json')
      assert.equal(node.asked.length, 0)
    })
  }

  test('what fits is asked as it was given', async () => {
    const filter = { nodes: ['web-1'], role: 'my role', tags: { zone: 'a b' } }
    const body = { name: 'load', payload: { v: 1 }, filter, timeout_ms: 500 }
    assert.equal((await ask(served, '/v1/queries', json(body))).status, 200)
    const [{ signal: _, payload, ...rest } = { signal: undefined, payload: undefined }] = node.asked
    assert.deepEqual(rest, { name: 'load', filter, timeoutMs: 500 })
    assert.equal(Buffer.from(payload ?? []).toString(), '{"v":1}')
  })

  for (const timeout_ms of [0, 49, 60_001, 1.5, '500', null]) {
    test(`a timeout of ${JSON.stringify(timeout_ms)} is refused`, async () => {
      const refused = await refusal(served, '/v1/queries', json({ name: 'load', timeout_ms }))
      assert.equal(refused, '400 json')
    })
  }

  test('a body that is no JSON, of another type, or too large is refused', async () => {
    const type = { 'content-type': 'application/json' }
    const post = (raw: string | Buffer, headers: Record<string, string> = type) =>
      refusal(served, '/v1/events', { method: 'POST', raw, headers })
    assert.equal(await post('{"name":'), '400 json')
    assert.equal(await post(''), '400 json')
    assert.equal(await post('{"name":"x"}', {}), '415 media-type')
    assert.equal(await post('name=x', { 'content-type': 'text/plain' }), '415 media-type')
    assert.equal(await post(`"${'x'.repeat(70_000)}"`), '413 body-size')
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    assert.equal(await post(deep), '400 json')
    assert.equal(await post(`{"name":"x","payload":${deep}}`), '400 json')
    assert.equal(await refusal(served, '/v1/node', { raw: '{}', headers: type }), '400 json')
    assert.equal((await ask(served, '/v1/events', json({ name: 'x' }))).status, 202)
  })

  test('parameters that are unknown, doubled or malformed are refused', async () => {
    for (const query of [
      ...['rolle=web', 'role=a&role=b', 'role=', 'wait=30s', 'watch=a&wait=30', 'watch=a&wait=6m'],
      ...['watch=a%20b', 'role=%00', '__proto__=1', 'role=%C3%A4'],
    ]) {
      assert.equal(await refusal(served, `/v1/services?${query}`), '400 query', query)
    }
    for (const query of ['since=-1', 'since=x', 'limit=10000', 'since=1&watch=a.e1']) {
      assert.equal(await refusal(served, `/v1/events?${query}`), '400 query', query)
    }
    assert.equal(await refusal(served, '/v1/children/web/logs?tail=99999'), '400 query')
    assert.equal(await refusal(served, '/v1/stream?topics=all'), '400 query')
  })

  test('paths that are not there, malformed or too long are refused', async () => {
    for (const path of [
      ...[
        '/',
        '/v1',
        '/v1/members/',
        '//v1/members',
        '/v1/children/%ff/logs',
        '/v1/children//logs',
      ],
      ...['/v1/children/nobody', '/v1/children/..%2f..%2fetc/logs', '/v1/children/__proto__'],
    ]) {
      assert.equal(await refusal(served, path), '404 no-route', path)
    }
    assert.equal(await refusal(served, `/v1/${'x'.repeat(2_100)}`), '414 url-size')
  })

  test('what the layers below refuse keeps its code, with the right status', async () => {
    const rate = new EventError('rate', 'too many', {
      retryable: true,
      facts: { retry_after_ms: 1_100 },
    })
    for (const [failure, expected] of [
      [rate, '429 rate'],
      [new EventError('payload-size', 'too much'), '413 payload-size'],
      [new EventError('name', 'no name'), '400 name'],
      [new DockerError('timeout', 'no answer'), '504 timeout'],
      [new DockerError('unreachable', 'no engine'), '503 unreachable'],
      [new DockerError('conflict', 'paused'), '409 conflict'],
      [new Error('a defect of /run/secret'), '500 internal'],
    ] as const) {
      node.behave.raise = () => failure
      assert.equal(await refusal(served, '/v1/events', json({ name: 'x' })), expected)
      if (failure !== rate) continue
      const { headers } = await ask(served, '/v1/events', json({ name: 'x' }))
      assert.equal(headers['retry-after'], '2')
    }
    const { text } = await ask(served, '/v1/events', json({ name: 'x' }))
    assert.doesNotMatch(text, /secret/)
    node.behave.raise = () => undefined
  })
})
