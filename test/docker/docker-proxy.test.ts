import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { connectDocker, type Docker } from '../../src/docker/client.ts'
import { type DockerProxy, startDockerProxy } from '../support/docker-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { IMAGE } from './real-engine.ts'

const NAME = 'sntest-proxied'
const Labels = { 'io.serfnode.test': '1' }
const BODY = { Image: IMAGE, Cmd: ['sleep', '600'], Labels }
const engine = connectDocker({ socketPath: '/var/run/docker.sock' })

const sweep = async () => {
  for (const { Id, Names } of await engine.listContainers({
    all: true,
    labels: ['io.serfnode.test'],
  })) {
    if (Names.some((name) => name.startsWith(`/${NAME}`))) {
      await engine.removeContainer(Id, { force: true })
    }
  }
}

describe('the fault proxy', () => {
  let proxy: DockerProxy
  let docker: Docker
  let folder: string
  before(async () => {
    await sweep()
    folder = await mkdtemp(join(tmpdir(), 'sntest-'))
    proxy = await startDockerProxy({ socketPath: join(folder, 'docker.sock') })
    const { Id } = await engine.createContainer(NAME, BODY)
    await engine.startContainer(Id)
  })
  after(async () => {
    await proxy.close()
    await rm(folder, { recursive: true })
    await sweep()
  })
  beforeEach(() => {
    proxy.heal()
    docker = connectDocker({ socketPath: proxy.socketPath, timeoutMs: 1000 })
  })

  test('lets calls, input, output and streams pass', async () => {
    assert.equal((await docker.inspectContainer(NAME)).Name, `/${NAME}`)
    const stdin = 'x'.repeat(300_000)
    assert.equal((await docker.exec(NAME, { cmd: ['cat'], stdin })).stdout, stdin)
    assert.equal((await docker.exec(NAME, { cmd: ['echo', 'a'] })).stdout, 'a\n')
    await docker.writeFiles(NAME, '/', [{ name: 'a', content: 'b', mode: 0o644 }])
    assert.equal(await docker.readFile(NAME, '/a'), 'b')
    await assert.rejects(docker.inspectContainer(`${NAME}-none`), { code: 'not-found' })
    assert.ok(proxy.seen.includes(`GET /containers/${NAME}/json`))
  })

  test('cuts what is open, and only that', async () => {
    const events = docker.events({ signal: new AbortController().signal })
    await events.opened
    proxy.cut()
    const follow = async () => {
      for await (const _ of events);
    }
    await assert.rejects(follow(), { code: 'closed', retryable: true })
    await docker.ping()
  })

  test('does harm to what fits only, as often as told', async () => {
    proxy.fault({
      method: 'POST',
      path: /^\/exec\//,
      fault: { type: 'status', status: 500, message: 'broken' },
      times: 2,
    })
    for (const stdin of [undefined, 'input']) {
      const call = docker.exec(NAME, { cmd: ['cat'], ...(stdin && { stdin }) })
      await assert.rejects(call, { code: 'server', message: /broken$/ })
    }
    assert.equal((await docker.exec(NAME, { cmd: ['cat'], stdin: 'a' })).stdout, 'a')
  })

  test('hangs, drops, truncates and delays', async () => {
    const path = /^\/containers\/json/
    const meet = async (type: 'hang' | 'drop' | 'truncate', code: string) => {
      const undo = proxy.fault({ path, fault: { type, bytes: 10 } })
      await assert.rejects(docker.listContainers(), { code, retryable: true }, type)
      undo()
    }
    await meet('hang', 'timeout')
    await meet('drop', 'closed')
    await meet('truncate', 'closed')
    proxy.fault({ path, fault: { type: 'delay', ms: 300 } })
    const start = performance.now()
    await docker.listContainers()
    assert.ok(performance.now() - start >= 299)
  })

  test('loses the answer of what was done all the same', async () => {
    const undo = proxy.fault({ path: /^\/containers\/create/, fault: { type: 'lose-answer' } })
    await assert.rejects(docker.createContainer(`${NAME}-lost`, BODY), { code: 'closed' })
    undo()
    assert.equal((await docker.inspectContainer(`${NAME}-lost`)).State.Status, 'created')
    await assert.rejects(docker.createContainer(`${NAME}-lost`, BODY), { code: 'conflict' })
  })

  test('is unreachable once it is closed', async () => {
    const socketPath = join(folder, 'other.sock')
    const other = await startDockerProxy({ socketPath })
    const through = connectDocker({ socketPath })
    await through.ping()
    await other.close()
    await eventually(() => assert.rejects(through.info(), { code: 'unreachable' }))
  })
})
