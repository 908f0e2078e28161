import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { DockerError, isDockerError } from '../../src/docker/client.ts'
import { eventually } from '../support/eventually.ts'
import { chunk, chunked, http, malformed, withRudeEngine } from './rude-engine.ts'

describe('a pull', () => {
  const pulling = (lines: string[]) => chunked(...lines.map((line) => `${line}\n`))

  test('asks for one tag, never for all, and tells its progress', async () => {
    const refs = {
      debian: ['debian', 'latest'],
      'host:5000/a/b': ['host:5000/a/b', 'latest'],
      'host:5000/a:1': ['host:5000/a', '1'],
      'a@sha256:00': ['a', 'sha256:00'],
    }
    for (const [ref, [image, tag]] of Object.entries(refs)) {
      await withRudeEngine(
        (socket) => socket.end(`${pulling(['{"status":"a"}', '{"status":"b"}'])}0\r\n\r\n`),
        async ({ docker, seen }) => {
          const told: (string | undefined)[] = []
          await docker.pullImage(ref, { onProgress: ({ status }) => told.push(status) })
          assert.deepEqual(told, ['a', 'b'])
          const query = new URLSearchParams(seen[1]?.split('?')[1])
          assert.deepEqual([query.get('fromImage'), query.get('tag')], [image, tag])
        },
      )
    }
  })

  test('fails by the engine’s error line, although its status was 200', async () => {
    const errors: [string, string, boolean][] = [
      ['manifest for a:b not found: manifest unknown', 'not-found', false],
      ['dial tcp: lookup registry: no such host', 'server', true],
    ]
    for (const [message, code, retryable] of errors) {
      await withRudeEngine(
        (socket) => socket.end(pulling([JSON.stringify({ errorDetail: { message }, error: 'x' })])),
        async ({ docker }) => {
          await assert.rejects(docker.pullImage('a:b'), {
            code,
            retryable,
            message: `pull image a:b: ${message}`,
          })
        },
      )
    }
  })

  test('may take long but not be silent', () =>
    withRudeEngine(
      (socket) => {
        socket.write(pulling([]))
        let left = 5
        const drip = setInterval(() => {
          if (left-- > 0) socket.write(chunk('{"status":"a"}\n'))
        }, 60)
        socket.on('close', () => clearInterval(drip))
      },
      async ({ docker }) => {
        let lines = 0
        const onProgress = () => {
          lines += 1
        }
        await assert.rejects(docker.pullImage('a', { quietMs: 200, onProgress }), {
          code: 'timeout',
        })
        assert.equal(lines, 5)
      },
    ))

  test('is ended by an abort, with its reason', () =>
    withRudeEngine(
      (socket) => socket.write(pulling(['{"status":"a"}'])),
      async ({ docker }) => {
        const stop = new AbortController()
        const reason = new Error('enough')
        const pull = docker.pullImage('a', {
          signal: stop.signal,
          onProgress: () => stop.abort(reason),
        })
        assert.equal(await pull.catch((error) => error), reason)
      },
    ))

  test('that breaks off is closed', () =>
    withRudeEngine(
      (socket) => socket.end(pulling(['{"status":"a"}'])),
      async ({ docker }) => assert.rejects(docker.pullImage('a'), { code: 'closed' }),
    ))
})

describe('a build', () => {
  test('that is refused while the context is on its way says why', () =>
    withRudeEngine(
      (socket) => socket.end(http(400, '{"message":"dockerfile parse error"}')),
      async ({ docker }) => {
        const endless = Readable.from(
          (async function* () {
            for (;;) yield Buffer.alloc(1000)
          })(),
        )
        const error = await docker.buildImage(endless, { tag: 'a' }).catch((reason) => reason)
        assert.ok(error instanceof DockerError)
        assert.match(error.message, /^build image a: /)
        assert.ok(['bad-request', 'closed'].includes(error.code), error.code)
        await eventually(() => assert.equal(Boolean(endless.destroyed), true))
      },
    ))

  test('whose context fails ends with that failure', () =>
    withRudeEngine(
      () => {},
      async ({ docker }) => {
        const broken = new Readable({
          read() {
            this.destroy(new Error('unreadable file'))
          },
        })
        const error = await docker.buildImage(broken, { tag: 'a' }).catch((reason) => reason)
        assert.equal(error.cause?.message, 'unreadable file')
        assert.ok(isDockerError(error))
      },
    ))

  test('without an image at its end is malformed', () =>
    withRudeEngine(
      (socket) => socket.end(`${chunked('{"stream":"Step 1/1 : FROM a"}\n')}0\r\n\r\n`),
      async ({ docker }) => {
        await assert.rejects(docker.buildImage(Readable.from([]), { tag: 'a' }), malformed)
      },
    ))
})
