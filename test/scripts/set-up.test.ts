import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { mirrorsIn } from '../../scripts/setup/base.ts'
import { probeEngine } from '../../scripts/setup/engine-socket.ts'
import { hasIntegrity, readNodePin } from '../../scripts/setup/node-runtime.ts'

describe('the mirrors for the base image', () => {
  test('are those of the machine', () => {
    const found = mirrorsIn(`
Types: deb
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates

Types: deb
URIs: http://mirror.example/debian-security
`)
    assert.deepEqual(found, {
      main: 'http://mirror.example/debian/',
      security: 'http://mirror.example/debian-security',
    })
    const line = 'deb [signed-by=/k.gpg] https://mirror.example/debian bookworm main'
    assert.equal(mirrorsIn(line).main, 'https://mirror.example/debian')
  })

  test('are left to mmdebstrap on another system', () => {
    const none = { main: undefined, security: undefined }
    assert.deepEqual(mirrorsIn('deb http://mirror.example/ubuntu noble main'), none)
    assert.deepEqual(mirrorsIn(''), none)
  })
})

describe('the Node runtime', () => {
  test('is pinned for both architectures', async () => {
    const { version, integrity } = await readNodePin()
    assert.match(version, /^24\.\d+\.\d+$/)
    for (const arch of ['x64', 'arm64'] as const) assert.match(integrity[arch], /^sha512-.{86}==$/)
    assert.notEqual(integrity.x64, integrity.arm64)
  })

  test('is refused when its package is not the pinned one', () => {
    // printf serfnode | openssl dgst -sha512 -binary | base64
    const integrity =
      'sha512-fxIWhqnSFQ5OPnlhFpCKsuzd7pKyAc8jrEnzmFcBL2232/u7SusdJWwMLwQYoagUc7vyWNfOzgviiwUyJ6tAoQ=='
    assert.equal(hasIntegrity(Buffer.from('serfnode'), integrity), true)
    assert.equal(hasIntegrity(Buffer.from('serfnodf'), integrity), false)
  })
})

describe('looking for an engine', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sntest-probe-'))
  })
  after(() => rm(folder, { recursive: true }))

  const serve = async (name: string, status: number) => {
    const path = join(folder, name)
    const server = createServer((_, response) => response.writeHead(status).end())
    await new Promise<void>((resolve) => server.listen(path, resolve))
    return { path, [Symbol.dispose]: () => server.close() }
  }

  test('finds one that answers', async () => {
    using engine = await serve('ready', 200)
    assert.deepEqual(await probeEngine(engine.path), { type: 'ready' })
  })

  test('tells no socket, a dead socket and a sick engine apart', async () => {
    assert.deepEqual(await probeEngine(join(folder, 'none')), { type: 'absent' })
    using sick = await serve('sick', 500)
    assert.deepEqual(await probeEngine(sick.path), { type: 'silent', reason: 'it answers 500' })
    const dead = join(folder, 'dead')
    // A socket whose owner was killed stays as a file.
    const listen = `require('net').createServer().listen('${dead}', () => process.kill(process.pid, 9))`
    spawnSync(process.execPath, ['-e', listen])
    assert.equal((await probeEngine(dead)).type, 'silent')
  })

  test('does not wait for one that never answers', { timeout: 10_000 }, async () => {
    const path = join(folder, 'mute')
    const server = createSocketServer(() => {})
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const started = performance.now()
    assert.equal((await probeEngine(path)).type, 'silent')
    assert.ok(performance.now() - started < 4_000)
    server.close()
  })
})
