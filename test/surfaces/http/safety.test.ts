import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type Answered, ask, refusal, type To } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

const TOKEN = 'a-token-of-many-letters'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Headers as a browser sends them from a page at `origin`. */
const fromPage = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site' })

describe('who calls', () => {
  let served: Awaited<ReturnType<typeof serving>>
  let socket: To
  let open: { port: number }
  let guarded: { port: number }
  let readOnly: { port: number }
  const node = smallNode()

  before(async () => {
    const ports = [await freePort(), await freePort(), await freePort()] as const
    const at = (port: number) => ({ place: { host: '127.0.0.1', port } })
    served = await serving(node, [
      { ...at(ports[0]), right: 'events', hosts: ['node1.example.org'] },
      { ...at(ports[1]), right: 'control', hosts: [], token: TOKEN },
      { ...at(ports[2]), right: 'read', hosts: [] },
    ])
    socket = served
    open = { port: ports[0] }
    guarded = { port: ports[1] }
    readOnly = { port: ports[2] }
  })
  after(() => served[Symbol.asyncDispose]())

  const withHost = (to: To, host: string): Promise<Answered> =>
    ask(to, '/healthz', { headers: { host } })

  for (const host of [
    ...['127.0.0.1:7380', 'localhost', 'LOCALHOST:1', '[::1]:7380', '172.17.0.9'],
    'node1.example.org:7380',
  ]) {
    test(`a Host that cannot be rebound is taken: ${host}`, async () => {
      assert.equal((await withHost(open, host)).status, 200)
    })
  }

  for (const host of [
    ...['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'x@127.0.0.1'],
    ...['127.0.0.1:7380:1', '[::1', '2130706433'],
  ]) {
    test(`another Host is refused: ${JSON.stringify(host)}`, async () => {
      assert.equal(await refusal(open, '/healthz', { headers: { host } }), '421 host')
    })
  }

  test('at the socket, which no browser reaches, any Host is taken', async () => {
    assert.equal((await withHost(socket, 'serfnode')).status, 200)
  })

  test('a page of another origin is refused, at every place', async () => {
    for (const to of [socket, open]) {
      assert.equal(
        await refusal(to, '/v1/node', { headers: fromPage('http://evil.example') }),
        '403 origin',
      )
      assert.equal(await refusal(to, '/v1/node', { headers: { origin: 'null' } }), '403 origin')
    }
    const own = { origin: `http://127.0.0.1:${open.port}` }
    assert.equal((await ask(open, '/v1/node', { headers: own })).status, 200)
    assert.equal(await refusal(open, '/v1/node', { method: 'OPTIONS', headers: own }), '405 method')
    const { headers } = await ask(open, '/v1/node', { headers: own })
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control')),
      [],
    )
  })

  test('where a token is asked for, nothing goes without it, or with another', async () => {
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    assert.equal((await ask(guarded, '/v1/node', bearer(TOKEN))).status, 200)
    for (const asking of [
      {},
      bearer(''),
      bearer(`${TOKEN}x`),
      bearer(TOKEN.slice(1)),
      bearer('x'.repeat(2_000)),
      { headers: { authorization: `Basic ${TOKEN}` } },
      { headers: { authorization: TOKEN } },
    ]) {
      assert.equal(await refusal(guarded, '/v1/node', asking), '401 unauthorized')
      assert.equal(await refusal(guarded, '/healthz', asking), '401 unauthorized')
      assert.equal(await refusal(guarded, '/nothing', asking), '401 unauthorized')
    }
    const { headers } = await ask(guarded, '/v1/node')
    assert.equal(headers['www-authenticate'], 'Bearer realm="serfnode"')
    assert.ok(!JSON.stringify(served.log.lines).includes(TOKEN))
  })

  test('a right includes those before it and no other', async () => {
    const raise = { method: 'POST', body: { name: 'deploy' } }
    const stop = { method: 'POST' }
    assert.equal((await ask(readOnly, '/v1/events')).status, 200)
    assert.equal(await refusal(readOnly, '/v1/events', raise), '403 forbidden')
    assert.equal(await refusal(readOnly, '/v1/queries', raise), '403 forbidden')
    assert.equal((await ask(open, '/v1/events', raise)).status, 202)
    assert.equal(await refusal(open, '/v1/children/web/stop', stop), '403 forbidden')
    assert.equal((await ask(socket, '/v1/children/web/stop', stop)).status, 204)
    assert.deepEqual(node.done, ['stop web'])
  })

  test('reading has no effect: what acts is not to be had by GET or HEAD', async () => {
    const before = node.done.length
    for (const verb of ['stop', 'start', 'restart']) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        const refused = await refusal(socket, `/v1/children/web/${verb}`, { method })
        assert.equal(refused, '405 method')
      }
    }
    const head = await ask(socket, '/v1/children/web/stop', { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers['allow'], head.text], [405, 'POST', ''])
    assert.equal(node.done.length, before)
  })
})
