import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { pause } from '../../src/lib/wait.ts'
import { addressOf, BASE, testCluster, untilState } from '../support/cluster.ts'
import { buildDnsTools, DNS_TOOLS, dug, untilLooked } from '../support/dns.ts'
import { docker, inside, TEST_LABEL } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { logOf } from '../support/node.ts'

const OURS = /^# kept by serfnode.*\nnameserver 127\.0\.0\.1$/m

describe('DNS of a node', () => {
  const cluster = testCluster('dns-off')
  const network = `${cluster.cluster}-net`
  const own = cluster.container('own')
  let original = ''
  const label = `${TEST_LABEL}=${cluster.cluster}`
  const resolvConf = (container: string) => inside(container, 'cat', '/etc/resolv.conf')
  const warnings = async (): Promise<string[]> =>
    JSON.parse(await inside(own, 'cat', '/run/serfnode/status.json')).warnings
  const untilWarned = (what: RegExp) =>
    eventually(async () => assert.match((await warnings()).join('\n'), what), { within: 20_000 })

  before(async () => {
    await buildDnsTools()
    const args = ['run', '--rm', '--label', label, BASE, 'cat', '/etc/resolv.conf']
    original = await docker(...args)
  })
  afterEach(async () => {
    const all = await docker('ps', '-aq', '--filter', `label=${label}`)
    const children = await docker(
      ...['ps', '-aq', '--filter', `label=io.serfnode.cluster=${cluster.cluster}`],
    )
    const ids = `${all}\n${children}`.split('\n').filter(Boolean)
    if (ids.length > 0) await docker('rm', '-fv', ...ids)
  })
  after(() => cluster[Symbol.dispose]())

  test('is off when the settings say so, and resolv.conf is as Docker made it', async () => {
    await cluster.start('own', { role: 'own', env: { SERFNODE_DNS: 'off' } })
    await inside(own, '/me')
    assert.equal(await resolvConf(own), original)
    assert.equal(await inside(own, 's6-svstat', '-o', 'up', '/run/service/dns'), 'false')
    assert.deepEqual(await warnings(), [])
  })

  test('is off by itself when a child has port 53, with a warning', async () => {
    const child = { image: BASE, command: 'sleep 1d', init: true, expose: ['53/udp'] }
    await cluster.start('own', { yml: JSON.stringify({ children: [{ named: child }] }) })
    await untilState(cluster.child('own', 'named'), 'running')
    assert.equal(await resolvConf(own), original)
    await untilWarned(/DNS is off: child "named" has port 53; names .* hosts file only/)
  })

  test('is off with a warning while somebody else listens there, and on when he is gone', async () => {
    const holder = `${cluster.cluster}-holder`
    await docker('run', '-d', '--init', '--name', holder, '--label', label, BASE, 'sleep', '1d')
    const listen =
      "require('dgram').createSocket('udp4').bind(53, '127.0.0.1'); setTimeout(() => {}, 1e8)"
    const args = ['--network', `container:${holder}`]
    const image = process.env.SERFNODE_IMAGE ?? 'serfnode'
    const other = `${cluster.cluster}-other`
    const node = ['--entrypoint', 'node', image, '-e', listen]
    await docker('run', '-d', '--init', '--name', other, '--label', label, ...args, ...node)
    await eventually(async () =>
      assert.match(await inside(other, 'cat', '/proc/net/udp'), /:0035 /),
    )
    await cluster.start('own', { role: 'own', args })
    await inside(own, '/me')
    await untilWarned(/DNS is off: somebody else listens on port 53/)
    assert.equal(await resolvConf(own), original)
    await docker('rm', '-f', other)
    await eventually(async () => assert.match(await resolvConf(own), OURS), { within: 15_000 })
    assert.deepEqual(await warnings(), [])
  })

  test('is off with a warning when resolv.conf cannot be written', async () => {
    const path = join(cluster.folder, 'resolv.conf')
    writeFileSync(path, 'nameserver 192.0.2.53\n')
    const args = ['-v', `${path}:/etc/resolv.conf:ro`]
    await cluster.start('own', { role: 'own', args })
    await untilWarned(/DNS is off: \/etc\/resolv\.conf cannot be written: EROFS/)
    assert.equal(await inside(own, 's6-svstat', '-o', 'up', '/run/service/dns'), 'false')
    assert.doesNotMatch(await logOf(own), /dns watch/)
  })

  test('puts back, for a container whose network it shares, what a killed node led to it', async () => {
    const holder = `${cluster.cluster}-holder`
    await docker('run', '-d', '--init', '--name', holder, '--label', label, BASE, 'sleep', '1d')
    const servers = async (text: Promise<string>) => (await text).match(/^nameserver .*$/gm)
    const before = await servers(resolvConf(holder))
    const options = { role: 'own', args: ['--network', `container:${holder}`] }
    for (const deed of ['kill', 'stop']) {
      await cluster.start('own', options)
      await eventually(async () => {
        assert.match(await resolvConf(holder), OURS)
        const upstream = inside(own, 'cat', '/run/serfnode/dns/upstream')
        assert.deepEqual(await servers(upstream), before)
      })
      await docker(deed, own)
      await docker('rm', '-v', own)
    }
    assert.deepEqual(await servers(resolvConf(holder)), before)
  })

  test('leaves no resolv.conf behind that leads nowhere: stopped, started, restarted', async () => {
    await cluster.start('own', { role: 'own' })
    await eventually(async () => assert.match(await resolvConf(own), OURS))
    for (const deed of ['stop', 'restart', 'kill']) {
      await docker(deed, own)
      if (deed !== 'restart') {
        const path = await docker('inspect', '-f', '{{.ResolvConfPath}}', own)
        const copy = ['--rm', '--label', label, '-v', `${path}:/left:ro`, BASE, 'cat', '/left']
        const left = await docker('run', ...copy)
        // Nothing can be done at a kill; Docker makes the file anew at the next start.
        if (deed === 'stop') assert.equal(left, original)
        await docker('start', own)
      }
      await inside(own, '/me')
      await eventually(async () => assert.match(await resolvConf(own), OURS))
      assert.equal(await inside(own, 'cat', '/run/serfnode/dns/resolv.conf'), original)
      await untilLooked(own, 'getent', 'oldest.own.serf', [await addressOf(own)])
    }
  })

  test('is not led to by an agent that outlives the stop of its node', async () => {
    await cluster.start('own', { role: 'own' })
    await eventually(async () => assert.match(await resolvConf(own), OURS))
    const stopping = 'touch /run/serfnode/stopping && /usr/lib/serfnode/resolv-conf-back'
    await inside(own, 'sh', '-c', stopping)
    assert.equal(await resolvConf(own), original)
    // Longer than the second after which it looks.
    await pause(2_000)
    assert.equal(await resolvConf(own), original)
  })

  test('hands the names of containers on to the DNS of their network', async () => {
    await docker('network', 'create', '--label', label, network)
    const neighbour = `${cluster.cluster}-neighbour`
    const args = ['--network', network]
    await docker(
      ...['run', '-d', '--init', '--name', neighbour, '--label', label, ...args, BASE],
      ...['sleep', '1d'],
    )
    const yml = JSON.stringify({ children: [{ tools: { image: DNS_TOOLS, init: true } }] })
    await cluster.start('own', { role: 'own', yml, args })
    const child = cluster.child('own', 'tools')
    await untilState(child, 'running')
    for (const libc of ['glibc', 'musl'] as const) {
      await untilLooked(child, libc, neighbour, [await addressOf(neighbour)])
      await untilLooked(child, libc, 'own.serf', [await addressOf(own)])
    }
    assert.match(await resolvConf(child), /nameserver 127\.0\.0\.1\n(.*\n)*options ndots:0/)
    // Nothing is kept of what Docker says: a container may be elsewhere the next moment.
    await docker('rm', '-f', neighbour)
    assert.deepEqual(await dug(child, neighbour), [])
  })
})
