import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type * as ours from '../../src/catalog/catalog.ts'
import type { ChildStatus } from '../../src/children/status.ts'
import type * as theirs from '../../src/client/index.ts'
import { ApiError, connect } from '../../src/client/index.ts'
import { EventError } from '../../src/events/errors.ts'
import type { EventRecord } from '../../src/events/types.ts'
import { pause } from '../../src/lib/wait.ts'
import { listed } from '../catalog/random.ts'
import { eventually } from '../support/eventually.ts'
import { serving, smallNode } from '../surfaces/http/small-node.ts'

/** The first `count` items. */
const take = async <T>(items: AsyncIterable<T>, count: number): Promise<T[]> => {
  const taken: T[] = []
  for await (const item of items) {
    taken.push(item)
    if (taken.length === count) break
  }
  return taken
}

describe('the client', () => {
  test('has types that fit what the node gives', () => {
    const fits: {
      member(one: ours.Member): theirs.Member
      service(one: ours.NodeInfo): theirs.Service
      child(one: ChildStatus): theirs.Child
      event(one: EventRecord): theirs.EventRecord
    } = { member: (one) => one, service: (one) => one, child: (one) => one, event: (one) => one }
    assert.ok(fits)
  })

  test('depends on nothing but Node', () => {
    const folder = join(import.meta.dirname, '../../src/client')
    for (const file of readdirSync(folder)) {
      const source = readFileSync(join(folder, file), 'utf8')
      for (const [, from = ''] of source.matchAll(/^[^/\n]* from '(.+)'/gm)) {
        assert.match(from, /^(node:|\.\/)/, file)
      }
    }
  })

  test('reads members, services, the node, its children and events', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const client = connect(served)
    node.heard()
    assert.deepEqual(
      (await client.members()).map(({ id }) => id),
      ['web-1.000001', 'web-2.000002'],
    )
    assert.equal((await client.services()).length, 2)
    assert.deepEqual(
      (await client.services('my role')).map(({ name }) => name),
      ['web-2'],
    )
    assert.equal((await client.node()).name, 'web-1')
    assert.deepEqual(
      (await client.children()).map(({ name }) => name),
      ['web', 'db'],
    )
    assert.deepEqual(
      (await client.events({ since: 0, limit: 1 })).map(({ index }) => index),
      [1],
    )
    client.close()
  })

  test('raises events with text, bytes or JSON, and tells a refusal by its code', async () => {
    const node = smallNode()
    await using served = await serving(node)
    const client = connect(served)
    await client.raise('a')
    await client.raise('b', 'text')
    await client.raise('c', { v: 1 })
    await client.raise('d', Buffer.from('bytes'))
    assert.deepEqual(
      node.raised.map(({ payload }) => payload),
      ['', 'text', '{"v":1}', 'bytes'],
    )
    node.behave.raise = () => new EventError('rate', 'too many', { retryable: true })
    await assert.rejects(client.raise('a'), (error: ApiError) => {
      assert.deepEqual([error.status, error.code, error.retryable], [429, 'rate', true])
      assert.match(error.message, /too many/)
      return error instanceof ApiError
    })
    await client.restartChild('db')
    assert.deepEqual(node.done, ['restart db'])
    client.close()
  })

  test('asks, and gives answers as they come', async () => {
    const node = smallNode()
    node.behave.answers = async function* () {
      yield { type: 'answer', id: 'a.1', name: 'a', payload: Buffer.from('3') }
      yield { type: 'answer', id: 'b.1', name: 'b', payload: Buffer.from([0xff]) }
      yield { type: 'end', answered: 2, none: 1, silent: [{ id: 'c.1', name: 'c' }] }
    }
    await using served = await serving(node)
    const client = connect(served)
    const options = { role: 'web', timeoutMs: 500 }
    const [first, second, end] = await take(client.ask('load', 'now', options), 3)
    assert.ok(first?.type === 'answer' && second?.type === 'answer')
    assert.deepEqual([first.text, [...second.payload]], ['3', [0xff]])
    assert.deepEqual(end, { type: 'end', answered: 2, none: 1, silent: [{ id: 'c.1', name: 'c' }] })
    assert.deepEqual([node.asked[0]?.filter, node.asked[0]?.timeoutMs], [{ role: 'web' }, 500])
    await assert.rejects(take(client.ask(''), 1), { status: 400, code: 'json' })
    client.close()
  })

  test('watches: what is there, then every change, also over a restart of the agent', async () => {
    const node = smallNode('first')
    const served = await serving(node)
    const client = connect(served)
    const seen: number[] = []
    const watching = (async () => {
      for await (const { members } of client.watch('members')) seen.push(members.length)
    })()
    await eventually(() => assert.deepEqual(seen, [2]))
    node.catalog.apply([listed(1)])
    await eventually(() => assert.deepEqual(seen, [2, 1]))
    await served[Symbol.asyncDispose]()
    const next = smallNode('second')
    await using again = await serving(next, [], {}, served.socketPath)
    assert.ok(again)
    await eventually(() => assert.deepEqual(seen, [2, 1, 2]))
    client.close()
    await watching
  })

  test('streams on after a restart of the agent: no event is lost, the catalog is read anew', async () => {
    const node = smallNode('first')
    const served = await serving(node)
    const client = connect(served)
    const seen: string[] = []
    const streaming = (async () => {
      for await (const message of client.stream()) {
        const what = message.type === 'event' ? `${message.event.index}` : ''
        seen.push(`${message.type} ${what}`.trim())
      }
    })()
    // The stream begins with what comes after it is there.
    await eventually(() => {
      node.heard()
      assert.equal(seen.length > 0, true)
    })
    await served[Symbol.asyncDispose]()
    node.heard()
    const expected = node.api.events.history.last
    node.api.life = 'second'
    await using again = await serving(node, [], {}, served.socketPath)
    assert.ok(again)
    await eventually(() => assert.equal(seen.at(-1), `event ${expected}`))
    const events = seen.filter((each) => each.startsWith('event'))
    const first = Number(events[0]?.split(' ')[1])
    assert.deepEqual(
      events,
      Array.from({ length: expected - first + 1 }, (_, at) => `event ${first + at}`),
    )
    assert.deepEqual(
      seen.filter((each) => each === 'reset'),
      ['reset'],
    )
    client.close()
    await streaming
  })

  test('close ends calls, watches and streams', async () => {
    await using served = await serving(smallNode())
    const client = connect(served)
    const watching = take(client.watch('node'), 2)
    const streaming = take(client.stream(), 1)
    await pause(100)
    client.close()
    assert.equal((await watching).length, 1)
    assert.deepEqual(await streaming, [])
    await assert.rejects(client.node(), { code: 'closed' })
  })

  test('takes many calls at once without a warning to the program', async (t) => {
    await using served = await serving(smallNode())
    const warnings: string[] = []
    const keep = ({ message }: Error) => warnings.push(message)
    process.on('warning', keep)
    t.after(() => process.off('warning', keep))
    const client = connect(served)
    await Promise.all(Array.from({ length: 40 }, () => client.node()))
    client.close()
    assert.deepEqual(warnings, [])
  })

  test('says that nobody is there, and that an answer does not come', async () => {
    await assert.rejects(connect({ socketPath: '/nowhere/x.sock' }).node(), { code: 'unreachable' })
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const client = connect({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 100 })
    await assert.rejects(client.node(), { code: 'timeout', status: 0, retryable: true })
    client.close()
    silent.close()
    assert.throws(() => connect({ baseUrl: 'ftp://x' }), TypeError)
  })

  test('says of an answer that it breaks off in silence, or is none of the API', async (t) => {
    const odd = createServer(({ url }, response) => {
      if (url === '/v1/members') response.write('{"members":')
      else response.end('<html>\n')
    })
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
    const { port } = odd.address() as { port: number }
    const client = connect({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 100 })
    t.after(() => {
      client.close()
      odd.closeAllConnections()
      odd.close()
    })
    const silent = { name: 'ApiError', code: 'timeout', retryable: true }
    await assert.rejects(client.members(), silent)
    const foreign = { name: 'ApiError', code: 'unknown', status: 200, retryable: false }
    await assert.rejects(client.node(), foreign)
    await assert.rejects(take(client.watch('children'), 1), foreign)
    await assert.rejects(take(client.ask('load'), 1), foreign)
  })

  test('brings its token, and ends a watch that it may not have', async () => {
    const node = smallNode()
    await using served = await serving(node, [], { token: 'a-token-of-many-letters' })
    const client = connect({ ...served, token: 'a-token-of-many-letters' })
    assert.equal((await client.node()).name, 'web-1')
    client.close()
    const stranger = connect({ socketPath: served.socketPath })
    await assert.rejects(take(stranger.watch('node'), 1), { status: 401, code: 'unauthorized' })
    stranger.close()
  })
})
