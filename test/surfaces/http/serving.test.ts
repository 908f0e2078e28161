import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { describe, test } from 'node:test'
import { DockerError } from '../../../src/docker/errors.ts'
import type { AskRecord } from '../../../src/events/types.ts'
import { deferred } from '../../../src/lib/deferred.ts'
import { pause } from '../../../src/lib/wait.ts'
import { eventually } from '../../support/eventually.ts'
import { ask, get, open, refusal } from './ask.ts'
import { serving, smallNode } from './small-node.ts'

const holder = (): Promise<{ server: Server; port: number }> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      resolve({ server, port: (server.address() as { port: number }).port })
    })
  })

describe('serving', () => {
  test('a taken port is said and taken as soon as it is free; the socket serves meanwhile', async () => {
    const { server, port } = await holder()
    const place = { host: '127.0.0.1', port }
    const setting = 'SERFNODE_API_PUBLISH'
    await using served = await serving(smallNode(), [{ place, setting, right: 'read', hosts: [] }])
    assert.match(
      served.problems.get('port 0') ?? '',
      new RegExp(`port ${port} is taken.*give another SERFNODE_API_PUBLISH$`),
    )
    assert.equal((await ask(served, '/healthz')).status, 200)
    await pause(1_500)
    assert.equal(served.told.length, 2, 'it is said once, however often it is tried')
    await new Promise((resolve) => server.close(resolve))
    await eventually(() => assert.equal(served.problems.get('port 0'), undefined))
    assert.equal((await ask({ port }, '/healthz')).status, 200)
  })

  test("a former agent's socket is replaced, and only its owner may use the new one", async () => {
    const node = smallNode()
    await using served = await serving(node)
    assert.equal(statSync(served.socketPath).mode & 0o777, 0o600)
    const left = `require('net').createServer().listen('${served.socketPath}.old', () => process.kill(process.pid, 'SIGKILL'))`
    assert.throws(() => execFileSync(process.execPath, ['-e', left], { stdio: 'ignore' }))
    assert.ok(statSync(`${served.socketPath}.old`).isSocket())
    const place = { path: `${served.socketPath}.old` }
    await using again = await serving(node, [{ place, right: 'read' }])
    assert.equal(again.problems.get('port 0'), undefined)
    assert.equal((await ask({ socketPath: place.path }, '/healthz')).status, 200)
  })

  test('it ends at once on abort, with all streams and watches', async () => {
    const node = smallNode()
    const served = await serving(node)
    const stream = await open(served, '/v1/stream')
    const watch = ask(served, '/v1/node?watch=x').then(() =>
      get(served, '/v1/node').then(({ index }) => ask(served, `/v1/node?watch=${index}&wait=5m`)),
    )
    stream.on('error', () => {})
    stream.resume()
    watch.catch(() => {})
    await pause(100)
    const start = performance.now()
    await served[Symbol.asyncDispose]()
    assert.ok(performance.now() - start < 3_000)
    await assert.rejects(watch)
  })

  test('it fails when the catalog ends, for the agent to begin it anew', async () => {
    const node = smallNode()
    const end = new AbortController()
    const { changes } = node.api.catalog
    node.api.catalog.changes = (signal) => changes(AbortSignal.any([signal, end.signal]))
    await using served = await serving(node)
    end.abort()
    await assert.rejects(served.running, { code: 'catalog-ended' })
    await assert.rejects(ask(served, '/healthz'))
  })

  test('a child is restarted, stopped and started; a failure of that is told', async () => {
    const node = smallNode()
    await using served = await serving(node)
    for (const verb of ['restart', 'stop', 'start']) {
      const { status } = await ask(served, `/v1/children/db/${verb}`, { method: 'POST' })
      assert.equal(status, 204)
    }
    assert.deepEqual(node.done, ['restart db', 'stop db', 'start db'])
    const none = await ask(served, '/v1/children/nobody/stop', { method: 'POST' })
    assert.match(none.text, /this node has no child nobody; it has web, db/)
    assert.equal(
      await refusal(served, '/v1/children/db/stop', { method: 'POST', body: {} }),
      '400 json',
    )
  })

  test('logs come line by line as they are written, and following ends with its reader', async () => {
    const node = smallNode()
    let ended = false
    node.behave.lines = async function* (follow, signal) {
      const line = { time: '2026-01-01T00:00:00Z', stream: 'stderr' as const, line: 'one' }
      yield line
      while (follow && !signal.aborted) await pause(20, signal)
      ended = true
    }
    await using served = await serving(node)
    const following = await open(served, '/v1/children/db/logs?follow')
    const [first] = (await new Promise<Buffer>((resolve) => following.once('data', resolve)))
      .toString()
      .split('\n')
    assert.equal(JSON.parse(first ?? '').line, 'one')
    following.destroy()
    await eventually(() => assert.equal(ended, true))
    const plain = await ask(served, '/v1/children/db/logs', { headers: { accept: 'text/plain' } })
    assert.equal(plain.text, 'one\n')
  })

  test('logs of a child without a container are refused, as JSON and as text', async () => {
    const node = smallNode()
    await using served = await serving(node)
    node.behave.control = () => new DockerError('conflict', 'child db has no container now')
    for (const accept of ['application/x-ndjson', 'text/plain']) {
      const refused = await refusal(served, '/v1/children/db/logs', { headers: { accept } })
      assert.equal(refused, '409 conflict')
    }
  })

  test('answers of a query come one by one, and asking ends with its reader', async () => {
    const node = smallNode()
    let aborted = false
    node.behave.answers = async function* ({ signal }): AsyncGenerator<AskRecord> {
      yield { type: 'answer', id: 'a.1', name: 'a', payload: Buffer.from('1') }
      await pause(20_000, signal)
      aborted = signal.aborted
    }
    await using served = await serving(node)
    const headers = { accept: 'application/x-ndjson' }
    const asking = { method: 'POST', body: { name: 'load' }, headers }
    const answer = await open(served, '/v1/queries', asking)
    const first = await new Promise<Buffer>((resolve) => answer.once('data', resolve))
    assert.deepEqual(JSON.parse(first.toString()), {
      type: 'answer',
      id: 'a.1',
      name: 'a',
      payload: '1',
    })
    answer.destroy()
    await eventually(() => assert.equal(aborted, true))
  })

  test('queries beyond what may be under way are refused; their places come back', async () => {
    const node = smallNode()
    const released = deferred()
    node.behave.answers = async function* (): AsyncGenerator<AskRecord> {
      await released.promise
      yield { type: 'end', answered: 0, none: 1, silent: [] }
    }
    await using served = await serving(node)
    const query = { method: 'POST', body: { name: 'load' } }
    const first = Array.from({ length: 16 }, () => ask(served, '/v1/queries', query))
    await eventually(() => assert.equal(node.asked.length, 16))
    assert.equal(await refusal(served, '/v1/queries', query), '503 busy')
    released.resolve()
    for (const { status } of await Promise.all(first)) assert.equal(status, 200)
    assert.equal((await ask(served, '/v1/queries', query)).status, 200)
  })

  test('metrics have the numbers of the node, by the routes of the table', async () => {
    const node = smallNode()
    await using served = await serving(node)
    await ask(served, '/v1/children/db')
    await ask(served, '/v1/made-up-by-a-caller')
    const { text, headers } = await ask(served, '/metrics')
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
    for (const line of [
      'serfnode_members{status="alive"} 2',
      'serfnode_services 2',
      'serfnode_children{state="running"} 2',
      'serfnode_child_restarts_total{child="db"} 2',
      'serfnode_handler_runs_total{handler="all.sh"} 3',
      'serfnode_handler_seconds{handler="all.sh",quantile="0.95"} 0.02',
      'serfnode_http_requests_total{route="/v1/children/{child}",status="200"} 1',
      'serfnode_http_requests_total{route="none",status="404"} 1',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line} in ${text}`)
    }
    assert.doesNotMatch(text, /made-up/)
    for (const name of text.matchAll(/^(\w+)/gm)) assert.match(name[0], /^serfnode_/)
  })
})
