import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { aliveMembers, BASE, IMAGE, testCluster } from '../support/cluster.ts'
import { docker, inside, inspect, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'

const packageFile = resolve(import.meta.dirname, '../../package.json')
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }

describe('the image', () => {
  const cluster = testCluster('image')
  let node = ''
  before(async () => {
    node = await cluster.start('a', { role: 'a' })
    await inside(node, '/me')
  })
  after(() => cluster[Symbol.dispose]())

  const sh = (command: string) => inside(node, 'sh', '-c', command)

  test('carries its version in labels, and at most 132 MB above its base', async () => {
    const [image, base] = await Promise.all([inspect(IMAGE), inspect(BASE)])
    assert.equal(image.Config.Labels['io.serfnode.image'], version)
    assert.equal(image.Config.Labels['org.opencontainers.image.version'], version)
    assert.ok(image.Size - base.Size <= 132e6, `${image.Size - base.Size} bytes`)
  })

  test('has the pinned Node and Serf', async () => {
    const pin = resolve(import.meta.dirname, '../../image/node.json')
    const { version: pinned } = JSON.parse(readFileSync(pin, 'utf8'))
    assert.equal(await inside(node, 'node', '--version'), `v${pinned}`)
    assert.match(await sh('dpkg -s serf'), /^Version: 0\.10\.1-1/m)
  })

  test('runs s6 as process 1, which reaps what was left behind', async () => {
    assert.match(await sh("tr '\\0' ' ' < /proc/1/cmdline"), /^s6-svscan /)
    await sh('sh -c "sleep 0.2 & exec true" ; sleep 0.5')
    assert.equal(await sh("grep -l '^State:.Z' /proc/[0-9]*/status || true"), '')
  })

  test('runs serf without root, without its groups and without capabilities', async () => {
    const status = await sh('cat /proc/$(pidof serf)/status')
    assert.match(status, /^Uid:\s+60000\s+60000\s+60000\s+60000$/m)
    assert.match(status, /^Gid:\s+60000\s+60000\s+60000\s+60000$/m)
    assert.match(status, /^Groups:\s+(60000)?\s*$/m)
    assert.match(status, /^CapEff:\s+0+$/m)
  })

  test('lets root ask serf, and nobody who does not know the key', async () => {
    assert.equal((await aliveMembers(node)).length, 1)
    const bare = await tryDocker(['exec', node, '/usr/bin/serf', 'members'])
    assert.match(bare.stdout + bare.stderr, /Authentication required/)
    const other = await tryDocker(['exec', '--user', '60000', node, 'serf', 'members'])
    assert.match(other.stdout + other.stderr, /Authentication required/)
  })

  test('finds serf where the settings put its RPC', async () => {
    const other = await cluster.start('port', { yml: 'serfnode: {rpc_port: 7474}\n' })
    await inside(other, '/me')
    assert.ok((await aliveMembers(other)).length > 0)
    await docker('rm', '-fv', other)
  })

  test('shows the key to serf in no list of processes', async () => {
    const key = await inside(node, 'cat', '/run/serfnode/rpc-auth')
    assert.ok(key.length > 20)
    // Beside a command of the wrapper that lasts.
    const script = 'serf monitor > /dev/null & sleep 0.5; cat /proc/[0-9]*/cmdline; kill $!'
    const lines = await sh(script)
    assert.match(lines, /monitor/)
    assert.ok(!lines.includes(key))
  })

  test('has its agent back after it was killed, with serf untouched', async () => {
    const serf = await sh('pidof serf')
    const agent = await sh('pidof node')
    await sh(`kill -9 ${agent}`)
    await eventually(async () => {
      const now = await sh('pidof node || true')
      if (now === '' || now === agent) throw new Error(`the agent is process ${now || 'none'}`)
    })
    assert.equal(await sh('pidof serf'), serf)
  })

  test('ends well when it is stopped: serf leaves, the exit code is 0', async () => {
    const started = performance.now()
    await docker('stop', node)
    assert.ok(performance.now() - started < 8_000)
    assert.equal((await inspect(node)).State.ExitCode, 0)
    const { stdout, stderr } = await tryDocker(['logs', node])
    assert.match(stdout + stderr, /Gracefully shutting down agent/)
    await docker('start', node)
    await inside(node, '/me')
    assert.equal((await aliveMembers(node)).length, 1)
  })

  test('ends with 2 and one message when a setting is wrong', async () => {
    const ran = await cluster.runToEnd('wrong', { yml: 'serfnod: {}\n' })
    assert.equal(ran.code, 2)
    assert.match(ran.stderr + ran.stdout, /serfnode\.yml:1:1.*serfnod/)
  })

  test('prints functions for a shell that call its CLI', async () => {
    const alias = await docker('run', '--rm', '--label', 'io.serfnode.test=image', IMAGE, '/alias')
    const script = `${alias}\nserfnode version; sf version`
    const env = { ...process.env, SERFNODE_IMAGE: IMAGE }
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { env, cwd: cluster.folder })
    assert.equal(stdout.split(version).length - 1, 2, stdout)
  })

  test('is what a Dockerfile of 2015 builds on', async () => {
    const folder = join(cluster.folder, 'wrapped')
    mkdirSync(folder)
    writeFileSync(join(folder, 'serfnode.yml'), 'serfnode: {role: wrapped}\n')
    const from = `FROM ${IMAGE}\nCOPY serfnode.yml /serfnode.yml\n`
    writeFileSync(join(folder, 'Dockerfile'), from)
    const image = `${cluster.cluster}-wrapped`
    await docker('build', '-q', '-t', image, folder)
    try {
      const wrapped = await cluster.start('wrapped', { image })
      await inside(wrapped, '/me')
      assert.match(await inside(wrapped, 'serf', 'members'), /role=wrapped/)
      assert.equal((await inspect(wrapped)).Config.Labels['io.serfnode.image'], version)
    } finally {
      await tryDocker(['rm', '-fv', cluster.container('wrapped')])
      await tryDocker(['rmi', image])
    }
  })
})
