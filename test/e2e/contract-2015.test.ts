import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  addressOf,
  BASE,
  IMAGE,
  testCluster,
  untilMembers,
  untilResolved,
} from '../support/cluster.ts'
import { docker, inside, inspect, TEST_LABEL, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { hasPath, logOf, untilChild, untilSaid } from '../support/node.ts'

const CLIENT = `$s = IO::Socket::INET->new(PeerAddr => "$ARGV[0]:$ARGV[1]", Timeout => 5) or die $@;
  print <$s>`

/** As a user of 2015 wrote it: a list, texts, no list where one item stands alone. */
const YML = `
serfnode:
  role: beaten by ROLE
  service_port: 1
  environment: { WHO: node }
children:
  - store:
      image: ${BASE}
      command: sleep 1d
      init: true
      volumes: [/store]
  - broker:
      image: ${BASE}
      entrypoint: perl -MIO::Socket::INET -e
      command: >-
        '$s = IO::Socket::INET->new(LocalPort => 5672, Listen => 9, ReuseAddr => 1) or die;
        while ($c = $s->accept) { print $c "rabbit says hello"; close $c }'
      working_dir: /srv
      user: '1000'
      environment: { WHO: child, OWN: 'yes' }
`

describe('what was built on the Serfnode of 2015', () => {
  const cluster = testCluster('2015')
  const shared = `${cluster.cluster}-shared`
  /** A container that only holds volumes. */
  const records = cluster.container('records')
  const broker = cluster.child('a', 'broker')
  const app = cluster.child('b', 'app_docker_run')
  let serviceIp: string
  let a: string
  let b: string
  let c: string

  const read = async (container: string, path: string) =>
    JSON.parse(await inside(container, 'cat', path))
  const hostPort = async (port: string): Promise<string> =>
    (await inspect(a)).NetworkSettings.Ports[port][0].HostPort
  /** What an application of 2015 does to find a service. */
  const oldest = async (role: string) => {
    const byRole = await read(app, '/serfnode/serfnodes_by_role.json')
    const nodes = [...(byRole[role] ?? [])]
    nodes.sort((x, y) => Number.parseFloat(x.timestamp) - Number.parseFloat(y.timestamp))
    assert.ok(nodes[0], `nobody is ${role} in ${JSON.stringify(byRole)}`)
    return nodes[0]
  }

  before(async () => {
    c = await cluster.start('c', {
      yml: JSON.stringify({
        children: { web: { image: BASE, command: 'sleep 1d', init: true, ports: ['18080:80'] } },
      }),
    })
    // An address of the host that containers reach.
    serviceIp = (await inspect(c)).NetworkSettings.Networks.bridge.Gateway
    const label = `${TEST_LABEL}=${cluster.cluster}`
    await docker('create', '--name', records, '--label', label, '-v', '/records', BASE, 'true')
    a = await cluster.start('a', {
      role: 'rabbit',
      yml: YML,
      socket: false,
      env: {
        ...{ HOST_PREFIX: '/elsewhere', DOCKER_SOCKET: '/run/docker.sock' },
        ...{ NODE_NAME: 'hare', SERF_PORT: '7950', RPC_PORT: '7375' },
        ...{ SERVICE_IP: serviceIp, SERVICE_PORT: '15672' },
        ...{ APP_PORTS: '["5672", "53/udp"]', APP_VOLUMES: `["${shared}:/shared"]` },
        ...{ APP_VOLUMES_FROM: `[store, ${records}]` },
      },
      args: ['-v', '/:/elsewhere', '-p', '5672', '-p', '53/udp'],
    })
    b = await cluster.start('b', {
      role: 'app',
      peer: await inside(a, '/me'),
      socket: false,
      env: {
        DOCKER_RUN: `-it -e GREETING="hello there" -w /tmp -v ${shared}:/data --entrypoint sh ${BASE} -c "trap exit TERM; sleep 1d & wait"`,
      },
      args: ['-v', '/:/host'],
    })
    await untilMembers(b, 3)
    await untilChild(b, 'app_docker_run', { state: 'running' })
    await eventually(() => oldest('rabbit'), { within: 20_000, every: 100 })
  })
  after(() => cluster[Symbol.dispose]())

  test('finds a service by its role, its ports as strings, and the service answers there', async () => {
    const found = await oldest('rabbit')
    const { ports, ...texts } = found
    assert.deepEqual(Object.keys(ports).sort(), ['53/udp', '5672/tcp'])
    assert.equal(ports['5672/tcp'][0], await hostPort('5672/tcp'))
    assert.equal(ports['53/udp'][0], await hostPort('53/udp'))
    for (const text of Object.values(texts)) assert.equal(typeof text, 'string')
    assert.match(found.timestamp, /^\d{10}\.\d+$/)
    assert.match(found.id, /^hare\.[0-9a-f]{6}$/)
    assert.equal(found.serf_ip, await addressOf(a))
    assert.equal(found.serf_port, '7950')
    assert.equal(found.service_ip, serviceIp)
    assert.equal(found.service_port, '15672')
    const code = ['perl', '-MIO::Socket::INET', '-e', CLIENT]
    const answer = await inside(app, ...code, found.service_ip, found.ports['5672/tcp'][0])
    assert.equal(answer, 'rabbit says hello')
  })

  test('shows one truth in the files by id and by role, in node and child', async () => {
    const found = await oldest('rabbit')
    for (const container of [a, b, app, broker]) {
      const folder = container === a || container === b ? '' : '/serfnode'
      const byId = await read(container, `${folder}/serfnodes_by_id.json`)
      assert.deepEqual(byId[found.id], found)
      const { rabbit } = await read(container, `${folder}/serfnodes_by_role.json`)
      assert.deepEqual(rabbit, [found])
    }
    for (const container of [a, b, app, broker]) await untilResolved(container, 'rabbit', serviceIp)
  })

  test('knows itself: /me.json, /serfnode/parent.json and /children_by_name.json', async () => {
    const [node, child] = [await inspect(a), await inspect(broker)]
    const { id } = await oldest('rabbit')
    const me = await read(broker, '/me.json')
    assert.deepEqual([me.id, me.inspect.Id, me.inspect.Image], [id, child.Id, child.Image])
    const parent = await read(broker, '/serfnode/parent.json')
    assert.deepEqual([parent.id, parent.inspect.Id], [id, node.Id])
    assert.deepEqual(await read(a, '/me.json'), parent)
    const children = await read(a, '/children_by_name.json')
    assert.deepEqual(Object.keys(children), [broker, cluster.child('a', 'store')])
    // The network is the node's, so its published ports stand in all of them.
    for (const { inspect } of [me, parent, children[broker]]) {
      assert.equal(inspect.NetworkSettings.IPAddress, await addressOf(a))
      const [{ HostPort }] = inspect.NetworkSettings.Ports['5672/tcp']
      assert.equal(HostPort, await hostPort('5672/tcp'))
    }
  })

  test('is told to Serf in the tags of 2015, the ports in their code', async () => {
    const { members } = JSON.parse(await inside(b, 'serf', 'members', '-format=json'))
    const { tags } = members.find(({ name }: { name: string }) => name.startsWith('hare.'))
    const { timestamp, ports, ...rest } = tags
    assert.deepEqual(rest, {
      ...{ name: 'hare', role: 'rabbit', ip: await addressOf(a), serf_port: '7950' },
      ...{ service: serviceIp, service_port: '15672' },
    })
    assert.ok(Math.abs(Number.parseFloat(timestamp) - Date.now() / 1000) < 300)
    const [dns, amqp] = [await hostPort('53/udp'), await hostPort('5672/tcp')]
    assert.equal(ports, `53u${dns}|5672t${amqp}`)
    assert.equal(await inside(a, '/me'), `${await addressOf(a)}:7950`)
  })

  test('gives children what the YAML, serfnode: and APP_ variables say, and not the engine', async () => {
    const { Config, Mounts } = await inspect(broker)
    assert.deepEqual(Config.Env.filter((one: string) => /^(WHO|OWN)=/.test(one)).sort(), [
      'OWN=yes',
      'WHO=node',
    ])
    assert.deepEqual([Config.User, Config.WorkingDir], ['1000', '/srv'])
    assert.deepEqual(Config.Entrypoint, ['perl', '-MIO::Socket::INET', '-e'])
    const targets = Mounts.map(({ Destination }: { Destination: string }) => Destination).sort()
    assert.deepEqual(targets, ['/records', '/serfnode', '/shared', '/store'])
    assert.equal(await hasPath(broker, '/elsewhere/run/docker.sock'), false)
  })

  test('runs the child of DOCKER_RUN like any other, and says what it leaves out', async () => {
    const { Config, HostConfig, Mounts } = await inspect(app)
    assert.equal(HostConfig.NetworkMode, `container:${(await inspect(b)).Id}`)
    assert.ok(Config.Env.includes('GREETING=hello there'))
    assert.deepEqual(
      [Config.Entrypoint, Config.Cmd],
      [['sh'], ['-c', 'trap exit TERM; sleep 1d & wait']],
    )
    assert.equal(Config.WorkingDir, '/tmp')
    const data = Mounts.find(({ Destination }: { Destination: string }) => Destination === '/data')
    assert.equal(data.Name, shared)
    assert.match(await logOf(b), /DOCKER_RUN, character 1: -t: left out: a child has no terminal/)
    await docker('kill', app)
    await untilChild(b, 'app_docker_run', { state: 'running', restarts: 1 })
  })

  test('is told of a port of the YAML that the node does not publish', async () => {
    const warning = '18080:80 is not published on the node: docker run -p 18080:80'
    await untilChild(c, 'web', { state: 'running', warnings: [warning] })
    await untilSaid(c, /18080:80 is not published/)
    assert.doesNotMatch(await logOf(a), /not published/)
  })

  test('runs a node alone, at the address that IP gives, and says that it runs no /handler', async () => {
    const args = ['-v', `${cluster.folder}:/handler:ro`]
    const alone = await cluster.start('d', { socket: false, env: { IP: '203.0.113.7' }, args })
    assert.equal(await inside(alone, '/me'), '203.0.113.7:7946')
    const { no_role } = await read(alone, '/serfnodes_by_role.json')
    assert.deepEqual([no_role[0].serf_ip, no_role[0].service_ip], ['203.0.113.7', '203.0.113.7'])
    await untilSaid(alone, /\/handler is not run/)
  })

  test('is built on an image with the ports and the folder of 2015, but without a door to the RPC', async () => {
    const { Config } = await inspect(IMAGE)
    assert.deepEqual(Object.keys(Config.ExposedPorts).sort(), ['7946/tcp', '7946/udp'])
    assert.deepEqual(Object.keys(Config.Volumes), ['/serfnode'])
    assert.equal((await tryDocker(['run', '--rm', IMAGE, '--deploy'])).code, 2)
  })
})
