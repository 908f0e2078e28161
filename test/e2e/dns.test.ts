import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pause } from '../../src/lib/wait.ts'
import { addressOf, IMAGE, testCluster, untilMembers, untilState } from '../support/cluster.ts'
import {
  buildDnsTools,
  DNS_TOOLS,
  dig,
  dug,
  looked,
  lookUpFor,
  untilLooked,
} from '../support/dns.ts'
import { docker, inside, TEST_LABEL } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { killServices, logOf, servicePid } from '../support/node.ts'

const LIBCS = ['glibc', 'musl'] as const

describe('names of the cluster in DNS, in a child of an ordinary image', () => {
  const cluster = testCluster('dns')
  const upstream = `${cluster.cluster}-upstream`
  let child = ''
  let node = ''
  let webs: string[] = []
  let nodeOfChild = ''

  before(async () => {
    await buildDnsTools()
    const label = `${TEST_LABEL}=${cluster.cluster}`
    const serve = ['--keep-in-foreground', '--no-resolv', '--local=/up.example/']
    for (const name of ['any', 'searched']) {
      serve.push(`--host-record=${name}.up.example,192.0.2.7`)
    }
    await docker(
      ...['run', '-d', '--name', upstream, '--label', label, '--entrypoint', 'dnsmasq', IMAGE],
      ...[...serve, '--log-queries', '--log-facility=-'],
    )
    const yml = JSON.stringify({
      children: [
        { tools: { image: DNS_TOOLS, init: true, expose: ['8080', '9/udp', '3000-3090'] } },
      ],
    })
    const args = ['--dns', await addressOf(upstream), '--dns-search', 'up.example']
    node = await cluster.start('own', { role: 'own', env: { NODE_NAME: 'own-1' }, yml, args })
    child = cluster.child('own', 'tools')
    await untilState(child, 'running')
    webs = []
    for (const name of ['web-1', 'web-2', 'web-3']) {
      const web = await cluster.start(name, { role: 'web', env: { NODE_NAME: name } })
      // The next one is younger only when this one has begun.
      await inside(web, '/me')
      webs.push(web)
    }
    await untilMembers(node, 4)
    nodeOfChild = await addressOf(node)
    await untilLooked(child, 'glibc', 'web.serf', await Promise.all(webs.map(addressOf)))
  })
  after(() => cluster[Symbol.dispose]())

  test('a role is at all its live members, in turns, and at its oldest', async () => {
    const addresses = await Promise.all(webs.map(addressOf))
    assert.deepEqual(await dug(child, 'web.serf'), [...addresses].sort())
    assert.deepEqual(await dug(child, 'oldest.web.serf'), addresses.slice(0, 1))
    assert.deepEqual(await dug(child, 'WEB-2.node.SERF'), [addresses[1]])
    const firsts = new Set<string | undefined>()
    for (let turn = 0; turn < 6; turn++) firsts.add((await dig(child, 'web.serf')).answers[0])
    assert.equal(firsts.size, 3)
  })

  test('an address is called as its node', async () => {
    const address = await addressOf(webs[2] ?? '')
    assert.deepEqual(await dug(child, '-x', address), ['web-3.node.serf.'])
    const [, name] = (await inside(child, 'getent', 'hosts', address)).split(/\s+/)
    assert.equal(name, 'web-3.node.serf')
  })

  test('SRV has the ports, TXT the tags, over UDP and TCP', async () => {
    for (const transport of ['+notcp', '+tcp']) {
      const srv = await dug(child, transport, '_8080._tcp.own.serf', 'SRV')
      assert.deepEqual(srv, ['0 0 8080 own-1.node.serf.'])
      assert.deepEqual(await dug(child, transport, '_9._udp.own.serf', 'SRV'), [
        '0 0 9 own-1.node.serf.',
      ])
      const texts = await dug(child, transport, 'web-1.node.serf', 'TXT')
      assert.ok(texts.includes('"role=web"') && texts.includes('"name=web-1"'), texts.join())
    }
  })

  test('what is too long for a datagram is asked for over TCP, by all in between too', async () => {
    const cut = await dig(child, '+noedns', '+ignore', 'own-1.node.serf', 'TXT')
    assert.match(cut.text, /flags:[^;]* tc /)
    assert.deepEqual(cut.answers, [])
    const { answers } = await dig(child, '+noedns', 'own-1.node.serf', 'TXT')
    assert.ok(answers.join().length > 512, answers.join())
  })

  test('a name without such a record is told from one that is not there', async () => {
    for (const query of [
      ['web.serf', 'AAAA'],
      ['web.serf', 'TXT'],
      ['web-1.node.serf', 'AAAA'],
      ['_8080._tcp.own.serf', 'A'],
      ['node.serf', 'A'],
    ]) {
      const { status, answers } = await dig(child, ...query)
      assert.deepEqual([status, answers], ['NOERROR', []], query.join(' '))
    }
    for (const query of [
      ['nobody.serf', 'A'],
      ['nobody.serf', 'AAAA'],
      ['_80._tcp.own.serf', 'SRV'],
    ]) {
      assert.equal((await dig(child, ...query)).status, 'NXDOMAIN', query.join(' '))
    }
  })

  test('nothing may be kept for more than five seconds', async () => {
    for (const query of ['web.serf', 'nobody.serf', 'web-1.node.serf TXT']) {
      const { text } = await dig(child, ...query.split(' '))
      const ttls = text.match(/(?<=^\S+\s+)\d+(?=\s+IN\s)/gm) ?? []
      assert.ok(ttls.length > 0, text)
      for (const ttl of ttls) assert.ok(Number(ttl) <= 5, text)
    }
  })

  test('the resolvers of glibc and musl find them, and say at once what is not there', async () => {
    const addresses = (await Promise.all(webs.map(addressOf))).sort()
    for (const libc of LIBCS) {
      assert.deepEqual(await looked(child, libc, 'web.serf'), addresses)
      assert.deepEqual(await looked(child, libc, 'oldest.web.serf'), [
        await addressOf(webs[0] ?? ''),
      ])
      const start = performance.now()
      assert.deepEqual(await looked(child, libc, 'nobody.serf'), [])
      assert.ok(performance.now() - start < 1_500)
    }
  })

  test('all else comes from the servers that the container had, with its search domains', async () => {
    assert.deepEqual(await dug(child, 'any.up.example'), ['192.0.2.7'])
    for (const libc of LIBCS) {
      assert.deepEqual(await looked(child, libc, 'any.up.example'), ['192.0.2.7'])
      assert.deepEqual(await looked(child, libc, 'searched'), ['192.0.2.7'])
    }
  })

  test('nothing of the zone is ever asked of others', async () => {
    const log = await logOf(upstream)
    assert.match(log, /any\.up\.example/)
    assert.doesNotMatch(log, /query\[\w+\] \S+\.serf from/)
  })

  test('only the loopback is listened at', async () => {
    const outside = await dig(child, `@${nodeOfChild}`, 'web.serf')
    assert.match(outside.status, /refused/)
  })

  test('dnsmasq runs under its own user, without groups and capabilities', async () => {
    for (const service of ['dns', 'dns-zone'] as const) {
      const status = await inside(node, 'cat', `/proc/${await servicePid(node, service)}/status`)
      assert.match(status, /^Uid:\s+60001\s+60001\s+60001\s+60001$/m)
      assert.match(status, /^Gid:\s+60001\s+60001\s+60001\s+60001$/m)
      assert.match(status, /^Groups:\s*$/m)
      assert.match(status, /^CapEff:\s+0+$/m)
    }
  })

  test('they are answered while the agent is killed every second', async () => {
    const looking = LIBCS.flatMap((libc) =>
      ['web.serf', 'oldest.web.serf', 'web-1.node.serf'].map((name) =>
        lookUpFor(child, libc, name, { ms: 8_000, pauseMs: 5 }),
      ),
    )
    const stop = new AbortController()
    const killing = (async () => {
      let kills = 0
      while (!stop.signal.aborted) {
        await inside(node, 's6-svc', '-k', '/run/service/agent')
        kills++
        await pause(1_000, stop.signal)
      }
      return kills
    })()
    const results = await Promise.all(looking)
    stop.abort()
    assert.ok((await killing) >= 5)
    for (const result of results) {
      assert.equal(result.failures, 0, result.error)
      assert.ok(result.lookups > 500, `${result.lookups}`)
      assert.ok((result.us.at(-1) ?? 0) < 1_000_000, `${result.us.slice(-5)}`)
    }
    await eventually(async () => {
      assert.equal((await dig(child, 'web-1.node.serf', 'TXT')).status, 'NOERROR')
    })
  })

  test('they are answered while the agent hangs', async () => {
    await inside(node, 's6-svc', '-p', '/run/service/agent')
    try {
      for (const libc of LIBCS) {
        const result = await lookUpFor(child, libc, 'web.serf', { ms: 1_000, pauseMs: 5 })
        assert.equal(result.failures, 0, result.error)
        assert.ok((result.us.at(-1) ?? 0) < 1_000_000, `${result.us.slice(-5)}`)
      }
    } finally {
      await inside(node, 's6-svc', '-c', '/run/service/agent')
    }
  })

  test('they are back in a moment when dnsmasq is killed, a client of its TCP connected', async () => {
    // What serves this client outlives the dnsmasq that forked it, and has its port.
    const client =
      "require('net').connect(53, '127.0.0.1').on('error', () => {}).on('close', () => process.exit())"
    const connected = /0100007F:0035 [0-9A-F]{8}:[0-9A-F]{4} 01 /
    await docker('exec', '-d', node, 'node', '-e', client)
    await eventually(async () =>
      assert.match(await inside(node, 'cat', '/proc/net/tcp'), connected),
    )
    await killServices(node, 'dns', 'dns-zone')
    await untilLooked(child, 'glibc', 'oldest.web.serf', [await addressOf(webs[0] ?? '')], 3_000)
  })

  test('a resolv.conf that somebody rewrote leads to us again, with his servers', async () => {
    const [, server = ''] =
      /servers before: (\S+)/.exec(await inside(child, 'cat', '/etc/resolv.conf')) ?? []
    await inside(
      child,
      'sh',
      '-c',
      `printf 'nameserver ${server}\\noptions ndots:2\\n' > /etc/resolv.conf`,
    )
    await eventually(async () => {
      const text = await inside(child, 'cat', '/etc/resolv.conf')
      assert.match(text, /^# kept by serfnode.*\nnameserver 127\.0\.0\.1\noptions ndots:2$/)
    })
    assert.deepEqual(await dug(child, 'any.up.example'), ['192.0.2.7'])
  })

  test('a killed node is gone from all of them', async () => {
    const [first = '', ...others] = webs
    await docker('kill', first)
    const rest = await Promise.all(others.map(addressOf))
    for (const libc of LIBCS) await untilLooked(child, libc, 'web.serf', rest, 5_000)
    assert.deepEqual(await dug(child, 'oldest.web.serf'), rest.slice(0, 1))
    assert.equal((await dig(child, 'web-1.node.serf')).status, 'NXDOMAIN')
  })
})
