import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connectDocker, DockerError, isDockerError } from '../../src/docker/client.ts'
import { gather } from '../../src/docker/connection.ts'
import { chunk, chunked, http, withRudeEngine } from './rude-engine.ts'

const failed = async (promise: Promise<unknown>): Promise<DockerError> => {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DockerError, `not a DockerError: ${error}`)
  return error
}

const said = ({ code, retryable }: DockerError) => ({ code, retryable })

describe('an engine that cannot be reached', () => {
  test('a socket that is not there, has no listener or is a file is unreachable', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sntest-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'file')
    await writeFile(file, '')
    for (const socketPath of [join(folder, 'none'), file, join(file, 'below')]) {
      const error = await failed(connectDocker({ socketPath }).info())
      assert.deepEqual(said(error), { code: 'unreachable', retryable: true })
      assert.ok(error.message.includes(socketPath), error.message)
    }
  })

  test('a socket we may not use is denied, and trying again would not help', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sntest-'))
    const socketPath = join(folder, 'docker.sock')
    const server = createServer().listen(socketPath)
    await new Promise((resolve) => server.once('listening', resolve))
    t.after(() => rm(folder, { recursive: true }))
    t.after(() => server.close())
    await chmod(folder, 0o755)
    await chmod(socketPath, 0)
    const asRoot = process.geteuid?.() === 0
    if (asRoot) process.seteuid?.(65534)
    const error = await failed(connectDocker({ socketPath }).info()).finally(() => {
      if (asRoot) process.seteuid?.(0)
    })
    assert.deepEqual(said(error), { code: 'denied', retryable: false })
  })

  test('connecting does nothing until the first call', () => {
    connectDocker({ socketPath: '/nowhere/docker.sock' })
  })
})

describe('an engine that says no', () => {
  const cases: [number, string, boolean][] = [
    [400, 'bad-request', false],
    [401, 'denied', false],
    [403, 'denied', false],
    [404, 'not-found', false],
    [406, 'bad-request', false],
    [409, 'conflict', false],
    [500, 'server', true],
    [501, 'server', false],
    [503, 'server', true],
    [302, 'malformed', false],
  ]
  for (const [status, code, retryable] of cases) {
    test(`status ${status} is ${code}, with the engine's words`, () =>
      withRudeEngine(
        (socket) => socket.end(http(status, '{"message":"the disk is full"}')),
        async ({ docker }) => {
          const error = await failed(docker.inspectContainer('web'))
          assert.deepEqual(said(error), { code, retryable })
          assert.equal(error.message, 'inspect container web: the disk is full')
          assert.deepEqual(error.facts, { status, message: 'the disk is full' })
          assert.ok(isDockerError(error, error.code))
          assert.ok(!isDockerError(error, 'timeout'))
        },
      ))
  }

  test('an answer that is no JSON is shown as text, an empty one by its status', () => {
    const bodies = ['<h1>Bad gateway</h1>', '']
    return withRudeEngine(
      (socket) => socket.end(http(502, bodies.shift() ?? '')),
      async ({ docker }) => {
        assert.equal((await failed(docker.info())).facts['message'], '<h1>Bad gateway</h1>')
        assert.equal((await failed(docker.info())).facts['message'], 'HTTP status 502')
      },
    )
  })

  test('an image that is not there is undefined', () =>
    withRudeEngine(
      (socket) => socket.end(http(404, '{"message":"No such image: a/b:1"}')),
      async ({ docker, seen }) => {
        assert.equal(await docker.inspectImage('a/b:1'), undefined)
        assert.equal(seen[1], 'GET /v1.41/images/a/b%3A1/json')
      },
    ))

  test('not modified is success: what was asked for is so already', () =>
    withRudeEngine(
      (socket) => socket.end('HTTP/1.1 304 Not Modified\r\n\r\n'),
      async ({ docker }) => {
        await docker.startContainer('web')
        await docker.stopContainer('web', { timeoutS: 1 })
      },
    ))
})

describe('an engine that answers badly', () => {
  const cases: [string, string, string, boolean][] = [
    [
      'JSON cut off by the end of the connection',
      'HTTP/1.1 200 OK\r\n\r\n{"ID":',
      'malformed',
      true,
    ],
    ['JSON cut off but said to be whole', http(200, '{"ID":'), 'malformed', true],
    [
      'a body shorter than its length',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"ID":',
      'closed',
      true,
    ],
    ['chunks without an end', chunked('{"ID":"a"}'), 'closed', true],
    ['a broken chunk', `${chunked('{"ID":"a"')}zz\r\n`, 'closed', true],
    ['no answer at all', '', 'closed', true],
    ['something that is not HTTP', '+OK POP3 ready\r\n', 'malformed', false],
    ['HTML', http(200, '<html>'), 'malformed', true],
    ['an empty body', http(200, ''), 'malformed', true],
    ['a list in place of an object', http(200, '[]'), 'malformed', false],
    ['a missing field', http(200, '{"ID":"a","Name":"b"}'), 'malformed', false],
    [
      'a field of another type',
      http(200, '{"ID":"a","Name":"b","ServerVersion":1}'),
      'malformed',
      false,
    ],
  ]
  for (const [what, bytes, code, retryable] of cases) {
    test(`${what} is ${code}`, () =>
      withRudeEngine(
        (socket) => socket.end(bytes),
        async ({ docker }) => {
          const error = await failed(docker.info())
          assert.deepEqual(said(error), { code, retryable }, error.message)
          assert.match(error.message, /^ask for information on the engine: ./)
        },
      ))
  }

  test('the field that is not as it should be is named', () =>
    withRudeEngine(
      (socket) =>
        socket.end(http(200, '{"Id":"a","Name":"/b","Created":"","Image":"","State":{}}')),
      async ({ docker }) => {
        const { message } = await failed(docker.inspectContainer('b'))
        assert.match(message, /expected State.Status to be string, got undefined/)
      },
    ))

  test('what greets without a version is no engine', () =>
    withRudeEngine(
      () => assert.fail('asked on'),
      async ({ docker }) => {
        assert.deepEqual(said(await failed(docker.info())), { code: 'malformed', retryable: false })
      },
      { apiVersion: () => 'none' },
    ))

  test('a body beyond the cap is not gathered', async () => {
    const endless = async function* () {
      for (;;) yield Buffer.alloc(1000)
    }
    const error = await failed(gather(endless(), 'list containers', 5000))
    assert.deepEqual(said(error), { code: 'malformed', retryable: false })
  })
})

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

  test('an abort ends a call with the reason of the abort, also while greeting', () =>
    withRudeEngine(
      () => {},
      async ({ docker }) => {
        const reason = new Error('enough')
        for (const warm of [false, true]) {
          if (warm) await docker.ping()
          const stop = new AbortController()
          const call = docker.exec('web', { cmd: ['true'], signal: stop.signal })
          stop.abort(reason)
          assert.equal(await call.catch((error) => error), reason)
        }
      },
    ))
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

test('a name that would reach another call is refused', async () => {
  const docker = connectDocker({ socketPath: '/nowhere' })
  for (const name of ['', '.', '..']) {
    assert.equal((await failed(docker.removeContainer(name))).code, 'bad-request')
    assert.equal((await failed(docker.inspectImage(`a/${name}`))).code, 'bad-request')
  }
})

test('null in place of lists and maps is filled up', () =>
  withRudeEngine(
    (socket, request) =>
      socket.end(
        http(
          200,
          request.includes('/json')
            ? '[{"Id":"a","Names":["/b"],"State":"running","Created":1,"Labels":null}]'
            : '{"Volumes":null}',
        ),
      ),
    async ({ docker }) => {
      const [one] = await docker.listContainers()
      assert.deepEqual([one?.Labels, one?.Ports, one?.NetworkSettings.Networks], [{}, [], {}])
      assert.deepEqual(await docker.listVolumes(), [])
    },
  ))

test('an answer in single bytes is whole', () =>
  withRudeEngine(
    async (socket) => {
      socket.setNoDelay(true)
      for (const byte of `${chunked(...'[{"Id":"é"}]')}0\r\n\r\n`) {
        await new Promise((resolve) => socket.write(byte, resolve))
      }
      socket.end(chunk(''))
    },
    async ({ docker }) => {
      const { message } = await failed(docker.listContainers())
      assert.match(message, /expected Names to be array/)
    },
  ))

test('an answer cut at any byte is one of our errors, and leaves nothing behind', async () => {
  const whole = http(200, '[{"Id":"a","Names":["/a"],"State":"running","Created":1}]')
  let end = 0
  const { signal } = new AbortController()
  await withRudeEngine(
    (socket) => socket.end(whole.slice(0, end)),
    async ({ docker }) => {
      for (; end < whole.length; end += 1) {
        const error = await failed(docker.exec('web', { cmd: ['true'], signal }))
        assert.ok(['closed', 'malformed'].includes(error.code), `at ${end}: ${error.message}`)
      }
      assert.equal((await docker.listContainers()).length, 1)
    },
  )
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
