import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connectDocker, isDockerError } from '../../src/docker/client.ts'
import { failed, http, said, withRudeEngine } from './rude-engine.ts'

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

test('a name that would reach another call is refused', async () => {
  const docker = connectDocker({ socketPath: '/nowhere' })
  for (const name of ['', '.', '..']) {
    assert.equal((await failed(docker.removeContainer(name))).code, 'bad-request')
    assert.equal((await failed(docker.inspectImage(`a/${name}`))).code, 'bad-request')
  }
})

test('what is asked for reaches the engine as it is, whatever characters it has', () =>
  withRudeEngine(
    (socket) => socket.end(http(404, '{"message":"Could not find the file"}')),
    async ({ docker, seen }) => {
      assert.equal(await docker.readFile('a/b c', '/ä b&c=d?#%'), undefined)
      const { pathname, searchParams } = new URL(seen[1]?.slice(4) ?? '', 'http://docker')
      assert.equal(pathname, '/v1.41/containers/a%2Fb%20c/archive')
      assert.deepEqual([...searchParams], [['path', '/ä b&c=d?#%']])
    },
  ))
