import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { probeEngine } from '../../scripts/setup/engine-socket.ts'
import {
  type OwnEngine,
  ownEnginePid,
  startOwnEngine,
  stopOwnEngine,
  systemPath,
} from '../../scripts/setup/own-engine.ts'

const { signal } = new AbortController()
const dockerd = systemPath()
  .split(':')
  .map((folder) => join(folder, 'dockerd'))
  .find((path) => existsSync(path))
const skip = process.getuid?.() !== 0 || dockerd === undefined ? 'needs root and dockerd' : false

describe('an engine that is started by hand', { skip }, () => {
  let folder = ''
  let own: OwnEngine
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sntest-engine-'))
    // Apart: a dockerd without a bridge deletes docker0 of its network, and it leaves mounts.
    await mkdir(join(folder, 'bin'))
    const apart = `#!/bin/sh\nexec unshare --net --mount ${dockerd} "$@"\n`
    await writeFile(join(folder, 'bin/dockerd'), apart, { mode: 0o755 })
    process.env['PATH'] = `${join(folder, 'bin')}:${process.env['PATH']}`
    const roots = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')]
    own = {
      socket: join(folder, 'docker.sock'),
      folder: join(folder, 'run'),
      args: [...roots, '--bridge', 'none', '--iptables=false', '--ip-forward=false'],
    }
  })
  after(async () => {
    await stopOwnEngine(own)
    await rm(folder, { recursive: true, force: true })
  })

  test('answers, is known as ours and is not started twice', async () => {
    await startOwnEngine(own, signal)
    assert.deepEqual(await probeEngine(own.socket), { type: 'ready' })
    const pid = await ownEnginePid(own)
    assert.ok(pid)
    const networks = await Promise.all(
      [pid, process.pid].map((each) => readlink(`/proc/${each}/ns/net`)),
    )
    assert.notEqual(networks[0], networks[1], 'it leaves the network of this machine alone')
    await startOwnEngine(own, signal)
    assert.equal(await ownEnginePid(own), pid)
  })

  test('is stopped, and leaves no file that says it runs', async () => {
    const pid = await ownEnginePid(own)
    assert.equal(await stopOwnEngine(own), true)
    assert.ok(pid)
    assert.equal((await probeEngine(own.socket)).type, 'absent')
    assert.equal(existsSync(own.folder), false)
    assert.equal(await stopOwnEngine(own), false)
  })

  test('is not taken for a process that has got its number', async () => {
    const other = spawn('sleep', ['60'])
    try {
      await mkdir(own.folder)
      await writeFile(join(own.folder, 'dockerd.pid'), String(other.pid))
      assert.equal(await ownEnginePid(own), undefined)
      assert.equal(await stopOwnEngine(own), false)
      assert.equal(other.exitCode, null)
    } finally {
      other.kill()
    }
  })

  test('shows the end of its log when it does not come up', async () => {
    const bad = { ...own, folder: join(folder, 'bad'), args: ['--no-such-option'] }
    await assert.rejects(startOwnEngine(bad, signal), /unknown flag: --no-such-option/)
  })
})
