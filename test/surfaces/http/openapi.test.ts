import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DockerError } from '../../../src/docker/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { type Asking, ask, get } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

type Operation = {
  operationId: string
  responses: Record<string, { content?: Record<string, { schema: object }> }>
  requestBody?: { content: Record<string, { schema: object }> }
  parameters: { name: string; in: string; schema: { pattern?: string } }[]
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const fullNode = () => {
  const node = smallNode()
  const members = [{ id: 'a.1', name: 'a', role: 'r', addr: '10.0.0.1', status: 'alive' as const }]
  node.heard()
  node.heard({ type: 'member-join', members, more_members: 3 })
  const handled = [{ handler: 'x.sh', outcome: 'failed' as const, ms: 1.5, error: 'exit 1' }]
  node.heard({ type: 'query', payload_base64: '/w==', origin: 'web-1', via: 'http', handled })
  node.behave.answers = async function* () {
    yield { type: 'answer', id: 'a.1', name: 'a', payload: Buffer.from('3') }
    yield { type: 'answer', id: 'b.1', name: 'b', payload: Buffer.from([0xff]) }
    yield { type: 'end', answered: 2, none: 1, silent: [{ id: 'c.1', name: 'c' }] }
  }
  return node
}

const description = async (to: { socketPath: string }) => {
  const document = await get(to, '/v1/openapi.json')
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': TIME } })
  ajv.addSchema(document, 'api')
  const check = (pointer: string[], value: unknown): void => {
    const path = pointer.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
    const validate = ajv.compile({ $ref: `api#/${path}` })
    assert.ok(validate(value), `${path}: ${ajv.errorsText(validate.errors)}`)
  }
  return { paths: document.paths as Record<string, Record<string, Operation>>, check, document }
}

/** How each operation is asked, and what of its answers is checked. */
const CASES: Record<string, { path: string; asking?: Asking; status?: number; type?: string }[]> = {
  get_members: [{ path: '/v1/members' }],
  get_services: [{ path: '/v1/services' }, { path: '/v1/services?role=my%20role' }],
  get_node: [{ path: '/v1/node' }],
  get_children: [{ path: '/v1/children' }],
  get_children_child: [
    { path: '/v1/children/db' },
    { path: '/v1/children/nobody', status: 404, type: 'application/problem+json' },
  ],
  get_children_child_logs: [
    { path: '/v1/children/db/logs', type: 'application/x-ndjson' },
    {
      path: '/v1/children/db/logs',
      type: 'text/plain',
      asking: { headers: { accept: 'text/plain' } },
    },
  ],
  post_children_child_restart: [{ path: '/v1/children/db/restart', status: 204 }],
  post_children_child_stop: [{ path: '/v1/children/db/stop', status: 204 }],
  post_children_child_start: [{ path: '/v1/children/db/start', status: 204 }],
  get_events: [{ path: '/v1/events' }, { path: '/v1/events?since=1&limit=1' }],
  post_events: [{ path: '/v1/events', status: 202, asking: { body: { name: 'deploy' } } }],
  post_queries: [
    { path: '/v1/queries', asking: { body: { name: 'load', filter: { role: 'web' } } } },
    {
      path: '/v1/queries',
      type: 'application/x-ndjson',
      asking: { body: { name: 'load' }, headers: { accept: 'application/x-ndjson' } },
    },
  ],
  get_handlers: [{ path: '/v1/handlers' }],
  get_healthz: [{ path: '/healthz' }],
  get_readyz: [{ path: '/readyz' }],
  get_metrics: [{ path: '/metrics', type: 'text/plain' }],
  get_openapi_json: [{ path: '/v1/openapi.json' }],
}

describe('the OpenAPI description', () => {
  test('is one of version 3.1 with an operation for every case here, and no other but the stream', async () => {
    await using served = await serving(fullNode())
    const { paths, document } = await description(served)
    assert.equal(document.openapi, '3.1.0')
    // Wherever it was read: the port is a setting.
    assert.deepEqual(document.servers, [{ url: '/' }])
    const names = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    )
    assert.deepEqual(names.sort(), [...Object.keys(CASES), 'get_stream'].sort())
  })

  test('describes what is really answered, and asked', async () => {
    await using served = await serving(fullNode())
    const { paths, check } = await description(served)
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        for (const each of CASES[operation.operationId] ?? []) {
          const { status = 200, type = 'application/json', asking = {} } = each
          const answer = await ask(served, each.path, { method: method.toUpperCase(), ...asking })
          assert.equal(answer.status, status, `${method} ${each.path}: ${answer.text}`)
          const response = operation.responses[status]
          assert.ok(response, `${path}: ${status} is not described`)
          const at = ['paths', path, method, 'responses', `${status}`, 'content', type, 'schema']
          if (asking.body !== undefined) {
            const of = [
              'paths',
              path,
              method,
              'requestBody',
              'content',
              'application/json',
              'schema',
            ]
            check(of, asking.body)
          }
          if (status === 202 || status === 204) {
            assert.equal(answer.text, '')
            continue
          }
          assert.equal(answer.headers['content-type']?.split(';')[0], type)
          if (type === 'text/plain') check(at, answer.text)
          else if (type === 'application/x-ndjson') {
            const lines = answer.text.trimEnd().split('\n')
            assert.ok(lines.length > 0)
            for (const line of lines) check(at, JSON.parse(line))
          } else check(at, JSON.parse(answer.text))
        }
      }
    }
  })

  test('tells of 304 where a caller may have the answer already, and only there', async () => {
    await using served = await serving(fullNode())
    const { paths } = await description(served)
    for (const [path, { get: operation }] of Object.entries(paths)) {
      if (!operation || path === '/v1/stream' || path.includes('{')) continue
      const { etag } = (await ask(served, path)).headers
      assert.equal(etag !== undefined, operation.responses[304] !== undefined, path)
      if (etag === undefined) continue
      const again = await ask(served, path, { headers: { 'if-none-match': etag } })
      assert.deepEqual([again.status, again.text], [304, ''], path)
    }
  })

  test('fits a log that breaks off', async () => {
    const node = fullNode()
    node.behave.lines = async function* () {
      yield { time: '2026-01-01T00:00:00.1Z', stream: 'stdout', line: 'hello' }
      throw new DockerError('timeout', 'no answer')
    }
    await using served = await serving(node)
    const { check } = await description(served)
    const { text } = await ask(served, '/v1/children/db/logs')
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.length, 2)
    for (const line of lines) check(['components', 'schemas', 'LogLine'], JSON.parse(line))
  })

  test('fits what changes: a hidden service, a waiting child, a stale catalog', async () => {
    const node = fullNode()
    await using served = await serving(node)
    const { check } = await description(served)
    node.catalog.markStale()
    const { service_ip: _, children, ...rest } = node.api.node.status()
    const waiting = { ...children[0]!, state: 'waiting', waiting_for: ['role db'] }
    node.become({ ...rest, phase: 'joining', children: [waiting] })
    await eventually(async () => {
      const schema = (name: string) => ['components', 'schemas', name]
      check(schema('Node'), await get(served, '/v1/node'))
      check(schema('Members'), await get(served, '/v1/members'))
      const ready = await ask(served, '/readyz')
      assert.equal(ready.status, 503)
      check(schema('Problem'), JSON.parse(ready.text))
      assert.match(ready.text, /the node is joining; not running: web/)
    })
  })
})
