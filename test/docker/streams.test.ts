import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { DockerError, isDockerError } from '../../src/docker/client.ts'
import { demux } from '../../src/docker/demux.ts'
import { jsonLines } from '../../src/docker/json-lines.ts'
import { eventually } from '../support/eventually.ts'
import { chunk, chunked, http, withRudeEngine } from './rude-engine.ts'

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

async function* pieces(...buffers: Buffer[]) {
  yield* buffers
}

/** Every way to cut `bytes` in two, and into single bytes. */
const cuts = (bytes: Buffer): Buffer[][] => [
  ...Array.from({ length: bytes.length + 1 }, (_, at) => [
    bytes.subarray(0, at),
    bytes.subarray(at),
  ]),
  Array.from(bytes, (byte) => Buffer.of(byte)),
]

const read = async (parts: Buffer[]) => {
  const out = { stdout: '', stderr: '' }
  for await (const { stream, data } of demux(pieces(...parts), 'read')) {
    out[stream] += data.toString('latin1')
  }
  return out
}

const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}

const malformed = { code: 'malformed', retryable: true }

describe('multiplexed output', () => {
  const bytes = Buffer.concat([
    frame(1, 'one'),
    frame(2, 'two'),
    frame(1, ''),
    frame(0, 'x'),
    frame(1, 'three'),
  ])

  test('comes apart the same wherever it is cut', async () => {
    for (const parts of cuts(bytes)) {
      assert.deepEqual(await read(parts), { stdout: 'onexthree', stderr: 'two' })
    }
  })

  test('that ends within a frame is malformed, wherever it ends', async () => {
    const whole = frame(1, 'abc')
    for (let end = 1; end < whole.length; end += 1) {
      await assert.rejects(read([whole.subarray(0, end)]), malformed)
    }
    assert.deepEqual(await read([]), { stdout: '', stderr: '' })
  })

  test('without frames is malformed', async () => {
    await assert.rejects(read([Buffer.from('plain text')]), malformed)
    await assert.rejects(read([Buffer.from([1, 0, 0, 0, 255, 255, 255, 255, 0])]), malformed)
  })

  test('carries the failure of the engine', async () => {
    await assert.rejects(read([frame(3, 'log driver gone')]), {
      code: 'server',
      message: 'read: log driver gone',
    })
  })
})

describe('JSON lines', () => {
  test('come out the same wherever they are cut, blank lines and CRLF aside', async () => {
    const bytes = Buffer.from('{"a":"é\\n"}\r\n\n{"b":2}\n{"c":3}')
    for (const parts of cuts(bytes)) {
      assert.deepEqual(await all(jsonLines(pieces(...parts), 'read')), [
        { a: 'é\n' },
        { b: 2 },
        { c: 3 },
      ])
    }
  })

  test('that are cut off, no JSON, no object or endless are malformed', async () => {
    for (const text of ['{"a":1}\n{"b', 'oops\n', '[1]\n"x"\n', 'null\n', 'x'.repeat(5 << 20)]) {
      await assert.rejects(all(jsonLines(pieces(Buffer.from(text)), 'read')), malformed)
    }
  })
})

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
        await eventually(() => assert.ok(endless.destroyed))
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

test('an answer that says nothing of the file is malformed', () =>
  withRudeEngine(
    (socket) => socket.end(http(200, 'tar')),
    async ({ docker }) => assert.rejects(docker.readFile('web', '/x'), malformed),
  ))

test('a tar that is cut off is malformed', () =>
  withRudeEngine(
    (socket) => {
      const stat = Buffer.from('{"name":"x","size":3,"mode":420,"linkTarget":""}').toString(
        'base64',
      )
      socket.end(http(200, 'x'.repeat(700), [`X-Docker-Container-Path-Stat: ${stat}`]))
    },
    async ({ docker }) => assert.rejects(docker.readFile('web', '/x'), malformed),
  ))
