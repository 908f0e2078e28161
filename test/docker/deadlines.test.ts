import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { failed, http, said, withRudeEngine } from './rude-engine.ts'

describe('an engine that hangs', () => {
  const quick = { timeoutMs: 100 }

  test('before its answer: timeout', () =>
    withRudeEngine(
      () => {},
      async ({ docker }) => {
        const start = performance.now()
        const error = await failed(docker.listContainers())
        assert.deepEqual(said(error), { code: 'timeout', retryable: true })
        assert.ok(performance.now() - start < 1000)
      },
      quick,
    ))

  test('in the middle of its answer, however it trickles: timeout', () =>
    withRudeEngine(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n[')
        const trickle = setInterval(() => socket.write(' '), 20)
        socket.on('close', () => clearInterval(trickle))
      },
      async ({ docker }) => {
        assert.equal((await failed(docker.listContainers())).code, 'timeout')
      },
      quick,
    ))

  test('in its refusal: timeout', () =>
    withRudeEngine(
      (socket) => socket.write('HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{'),
      async ({ docker }) => assert.equal((await failed(docker.info())).code, 'timeout'),
      quick,
    ))

  test('stop and restart have the grace and ten seconds', () =>
    withRudeEngine(
      () => {},
      async ({ docker }) => {
        for (const verb of ['stopContainer', 'restartContainer'] as const) {
          const error = await failed(docker[verb]('web', { timeoutS: -9.9 }))
          assert.ok(Math.abs(Number(error.facts['timeoutMs']) - 100) < 1, error.message)
        }
      },
    ))

  for (const [when, apiVersion] of [
    ['while it greets', () => undefined],
    ['while it answers', () => '1.41'],
  ] as const) {
    test(`an abort ends a call with the reason of the abort, ${when}`, () =>
      withRudeEngine(
        () => {},
        async ({ docker, seen }) => {
          const reason = new Error('enough')
          const stop = new AbortController()
          const call = docker.exec('web', { cmd: ['true'], signal: stop.signal })
          await eventually(() => assert.equal(seen.length, apiVersion() ? 2 : 1))
          stop.abort(reason)
          assert.equal(await call.catch((error) => error), reason)
        },
        { apiVersion },
      ))
  }
})

describe('the version', () => {
  test('is the older of ours and the engine’s, and asked for once', async () => {
    for (const [theirs, used] of [
      ['1.41', 'v1.41'],
      ['1.52', 'v1.47'],
      ['1.9', 'v1.9'],
      ['2.0', 'v1.47'],
    ] as const) {
      await withRudeEngine(
        (socket) => socket.end(http(200, '[]')),
        async ({ docker, seen }) => {
          await Promise.all([docker.listContainers(), docker.listContainers()])
          const call = `GET /${used}/containers/json?all=false`
          assert.deepEqual(seen, ['GET /_ping', call, call])
        },
        { apiVersion: () => theirs },
      )
    }
  })

  test('is asked for again after a lost connection: the engine may be another one', () => {
    const versions = ['1.43', '1.41']
    const answers = ['', http(200, '[]')]
    return withRudeEngine(
      (socket) => socket.end(answers.shift() ?? ''),
      async ({ docker, seen }) => {
        assert.equal((await failed(docker.listContainers())).code, 'closed')
        await docker.listContainers()
        assert.equal(seen.at(-1), 'GET /v1.41/containers/json?all=false')
      },
      { apiVersion: () => versions.shift() ?? '' },
    )
  })

  test('a failed greeting is not remembered', () => {
    const versions = ['none', '1.41']
    return withRudeEngine(
      (socket) => socket.end(http(200, '[]')),
      async ({ docker }) => {
        await failed(docker.listContainers())
        assert.deepEqual(await docker.listContainers(), [])
      },
      { apiVersion: () => versions.shift() ?? '' },
    )
  })
})
