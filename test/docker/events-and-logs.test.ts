import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { all, chunked, http, withRudeEngine } from './rude-engine.ts'

describe('events', () => {
  const event = (Action: string) =>
    `${JSON.stringify({ Type: 'container', Action, Actor: { ID: 'a', Attributes: null }, time: 1, timeNano: 1 })}\n`

  test('come as they happen, and an abort ends them quietly', () =>
    withRudeEngine(
      (socket) => socket.write(chunked(event('start').slice(0, 20), event('start').slice(20))),
      async ({ docker, seen }) => {
        const stop = new AbortController()
        const filters = { label: ['a=b'], type: [] }
        const events = docker.events({ filters, since: 1.5, signal: stop.signal })
        await events.opened
        const query = new URLSearchParams(seen[1]?.split('?')[1])
        assert.deepEqual(Object.fromEntries(query), {
          filters: '{"label":["a=b"]}',
          since: '1.500000000',
        })
        for await (const { Action, Actor } of events) {
          assert.deepEqual([Action, Actor], ['start', { ID: 'a', Attributes: {} }])
          stop.abort()
        }
      },
    ))

  test('end with an error when the engine ends them, however politely', async () => {
    const endings: [string, string][] = [
      [`${chunked(event('die'))}0\r\n\r\n`, 'closed'],
      [chunked(event('die')), 'closed'],
      [`${chunked(event('die'), '{"Type":')}0\r\n\r\n`, 'malformed'],
      [`${chunked(event('die'), '{"Type":"container"}\n')}0\r\n\r\n`, 'malformed'],
    ]
    for (const [bytes, code] of endings) {
      await withRudeEngine(
        (socket) => socket.end(bytes),
        async ({ docker }) => {
          const got: string[] = []
          const follow = async () => {
            for await (const { Action } of docker.events({
              signal: new AbortController().signal,
            })) {
              got.push(Action)
            }
          }
          await assert.rejects(follow(), { name: 'DockerError', code })
          assert.deepEqual(got, ['die'])
        },
      )
    }
  })

  test('that cannot be followed say so to who waits and to who reads', () =>
    withRudeEngine(
      (socket) => socket.end(http(500, '{"message":"no"}')),
      async ({ docker }) => {
        const events = docker.events({ signal: new AbortController().signal })
        await assert.rejects(events.opened, { code: 'server' })
        await assert.rejects(all(events), { code: 'server' })
      },
    ))

  test('leaving the loop closes the connection', () => {
    let closed = () => {}
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    return withRudeEngine(
      (socket) => {
        socket.on('close', closed)
        socket.write(chunked(event('start')))
      },
      async ({ docker }) => {
        for await (const _ of docker.events({ signal: new AbortController().signal })) break
        await gone
      },
    )
  })
})

describe('logs', () => {
  const inspect = (tty: boolean) => http(200, JSON.stringify({ Config: { Tty: tty } }))
  const stream = 'HTTP/1.1 200 OK\r\n\r\n'

  test('of a terminal are raw', () =>
    withRudeEngine(
      (socket, request) => socket.end(request.includes('/logs') ? `${stream}raw` : inspect(true)),
      async ({ docker }) => {
        assert.deepEqual(await all(docker.logs('web')), [
          { stream: 'stdout', data: Buffer.from('raw') },
        ])
      },
    ))

  test('that are not followed must not fall silent', () =>
    withRudeEngine(
      (socket, request) =>
        request.includes('/logs') ? socket.write(stream) : socket.end(inspect(false)),
      async ({ docker }) => {
        await assert.rejects(all(docker.logs('web')), { code: 'timeout', retryable: true })
      },
      { timeoutMs: 100 },
    ))

  test('that are followed may be silent for ever, until the abort', () =>
    withRudeEngine(
      (socket, request) =>
        request.includes('/logs') ? socket.write(stream) : socket.end(inspect(false)),
      async ({ docker }) => {
        const signal = AbortSignal.timeout(300)
        assert.deepEqual(await all(docker.logs('web', { follow: true, signal })), [])
        assert.ok(signal.aborted)
      },
      { timeoutMs: 50 },
    ))
})
