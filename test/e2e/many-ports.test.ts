import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { NodeInfo, Ports } from '../../src/catalog/catalog.ts'
import { startBareSerfs } from '../support/bare-serf.ts'
import { addressOf, BASE, testCluster, untilResolved } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { killServices, logOf, timesSaid, untilSaid } from '../support/node.ts'

/** Two hundred ports of which no two are neighbours: three parts of an answer. */
const scattered = Array.from(
  { length: 200 },
  (_, at) => `${20_000 + 7 * at}/${at % 2 ? 'udp' : 'tcp'}`,
)
const range = Array.from({ length: 100 }, (_, at) => `${40_000 + at}/udp`)
const ALL: Ports = Object.fromEntries(
  [...scattered, ...range].map((key) => [key, [key.split('/')[0] ?? '']]),
)

const child = (settings: object = {}) =>
  JSON.stringify({
    children: { app: { image: BASE, command: 'sleep 1d', init: true, ...settings } },
  })

describe('a node whose ports have no room in the tags', () => {
  const cluster = testCluster('ports')
  let media: string
  let app: string
  let other: string

  before(async () => {
    app = await cluster.start('app', { role: 'app', yml: child() })
    other = await cluster.start('other', { role: 'other', peer: app })
    await untilResolved(other, 'app', await addressOf(app))
    const expose = [...scattered, '40000-40099/udp']
    media = await cluster.start('media', { role: 'media', yml: child({ expose }), peer: app })
  })
  after(() => cluster[Symbol.dispose]())

  const infoIn = async (container: string, folder = '/serfnode'): Promise<NodeInfo> => {
    const byRole = JSON.parse(await inside(container, 'cat', `${folder}/serfnodes_by_role.json`))
    if (!byRole.media) throw new Error(`no media in ${container}`)
    return byRole.media[0]
  }
  const untilAll = (container: string, folder?: string): Promise<NodeInfo> =>
    eventually(
      async () => {
        const info = await infoIn(container, folder)
        const count = Object.keys(info.ports).length
        if (count !== 300) throw new Error(`${count} ports in ${container}`)
        return info
      },
      { within: 20_000, every: 50 },
    )

  test('has all of them in the files of every node and every child, udp as udp', async () => {
    const children = [cluster.child('app', 'app'), cluster.child('media', 'app')]
    for (const container of [...children, app, other, media]) {
      assert.deepEqual((await untilAll(container)).ports, ALL, container)
    }
    assert.deepEqual((await untilAll(other, '/')).ports, ALL)
  })

  test('says so in its log, and who fetched them says that', async () => {
    assert.equal(timesSaid(await logOf(media), /"count":27\d,.*ports without room in the tags/), 1)
    for (const node of [app, other]) {
      assert.equal(timesSaid(await logOf(node), /"ports":300,"ms":\d+,"msg":"ports fetched"/), 1)
    }
  })

  test('answers the query `ports` of 2015 with as many as fit, and how many more there are', async () => {
    const query = ['serf', 'query', '-format=json', '-timeout=2s', 'ports', '{"role": "media"}']
    const { Responses } = JSON.parse(await inside(other, ...query))
    const [text, ...none] = Object.values(Responses)
    assert.deepEqual(none, [])
    const { ip, ports, more_ports } = JSON.parse(String(text))
    assert.equal(ip, await addressOf(media))
    assert.deepEqual(ports['20007/udp'], ['20007'])
    const count = Object.keys(ports).length
    assert.ok(count > 35, `${count} ports`)
    assert.equal(count + more_ports, 300)
  })

  test('is not asked again when its child comes back', async () => {
    const played = cluster.child('media', 'app')
    await docker('stop', played)
    await untilResolved(other, 'media', undefined)
    await docker('start', played)
    await untilResolved(other, 'media', await addressOf(media))
    assert.deepEqual((await infoIn(other)).ports, ALL)
    assert.equal(timesSaid(await logOf(other), /ports fetched/), 1)
  })

  test('is asked again by an agent that was restarted, while the files stay as they are', async () => {
    const look =
      'for at in $(seq 150); do grep -c /udp /serfnode/serfnodes_by_id.json; sleep 0.02; done'
    const looks = inside(cluster.child('app', 'app'), 'sh', '-c', look)
    await killServices(app, 'agent')
    const fetched = async () => assert.equal(timesSaid(await logOf(app), /ports fetched/), 2)
    await eventually(fetched, { within: 20_000 })
    assert.deepEqual([...new Set((await looks).split('\n'))], ['200'])
    assert.deepEqual((await untilAll(cluster.child('app', 'app'))).ports, ALL)
  })

  test('may be a liar or silent: the others have their ports, and it those in its tags', async () => {
    const ip = '10.66.66.66'
    const tags = (role: string) => ({
      ...{ name: role, role, ip, serf_port: '7946', service: ip, service_port: '0' },
      ...{ timestamp: '1', ports: '80t80', more_ports: '1.AAAAAAAA' },
    })
    const handlers = { 'query:ports': `printf '{"code":"80t|6667t"}'` }
    await startBareSerfs(cluster, 'strangers', {
      of: app,
      members: [
        { member: 'liar.000000', tags: tags('liar'), handlers },
        { member: 'mute.000000', tags: tags('mute') },
      ],
    })
    await untilResolved(other, 'mute', ip)
    for (const said of [
      /not all ports of liar\.000000 are known: it answers with others than its tags promise/,
      /not all ports of mute\.000000 are known: it does not answer the query `ports`/,
    ]) {
      assert.equal(timesSaid(await untilSaid(other, said, 30_000), said), 1)
    }
    assert.match(await inside(other, 'cat', '/run/serfnode/status.json'), /not all ports of/)
    const byRole = JSON.parse(await inside(other, 'cat', '/serfnodes_by_role.json'))
    for (const role of ['liar', 'mute']) {
      assert.deepEqual(byRole[role][0].ports, { '80/tcp': ['80'] })
    }
    assert.deepEqual(byRole.media[0].ports, ALL)
  })
})
