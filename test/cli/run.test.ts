import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createBody } from '../../src/cli/run/create-node.ts'
import { dockerRunLine, type NodeContainer } from '../../src/cli/run/docker-run-line.ts'
import { freePort, takenPorts } from '../../src/cli/run/gossip-port.ts'
import { onHost } from '../../src/cli/run/host-path.ts'
import { parsePublish, showPublish } from '../../src/cli/run/publish.ts'
import { maskEnv } from '../../src/cli/run/secrets.ts'
import { canPublish, publications, wantedNode } from '../../src/cli/run/wanted-node.ts'
import type { Docker } from '../../src/docker/client.ts'

const around = { cwd: '/home/me', env: { FROM_HERE: 'here' } }
const options = { image: 'my_web', restart: 'unless-stopped' }

describe('serfnode run --publish', () => {
  test('reads and writes ports as docker run does', () => {
    for (const text of [
      '80',
      '8080:80',
      '127.0.0.1:8080:80',
      '53:53/udp',
      '[::1]:80:80',
      '127.0.0.1::80',
    ]) {
      assert.deepEqual(parsePublish(text).map(showPublish), [text])
    }
    assert.deepEqual(parsePublish('8000-8002:80-82').map(showPublish), [
      '8000:80',
      '8001:81',
      '8002:82',
    ])
    assert.deepEqual(parsePublish('0:80').map(showPublish), ['80'])
  })

  test('refuses what is no port, with what was expected', () => {
    for (const text of [
      '',
      'x',
      '0',
      '70000',
      '80:70000',
      '1-3:1-2',
      '3-1',
      '80/sctp',
      '-',
      '1-2-3',
    ]) {
      assert.throws(() => parsePublish(text), { code: 'usage' }, text)
    }
  })

  test('adds the ports of the children, except those that were published otherwise', () => {
    const children = [
      {
        ports: [
          { container: 80, protocol: 'tcp', host: 8080 },
          { container: 53, protocol: 'udp' },
        ],
      },
    ]
    const all = publications(parsePublish('9090:80'), { children } as never)
    assert.deepEqual(all.map(showPublish), ['9090:80', '53/udp'])
  })

  test('is nothing that a node on another network could do', () => {
    assert.equal(canPublish(undefined), true)
    assert.equal(canPublish('my_net'), true)
    for (const network of ['host', 'none', 'container:db']) assert.equal(canPublish(network), false)
  })
})

describe('the node that serfnode run starts', () => {
  test('has the variables of its flags and of -e', () => {
    const node = wantedNode(
      {
        ...options,
        role: 'web',
        peer: ['db', '10.0.0.1:7947'],
        cluster: 'shop',
        env: ['FROM_HERE', 'A=b=c', 'NOT_SET'],
      },
      around,
    )
    assert.deepEqual(node.env, [
      'ROLE=web',
      'PEER=db,10.0.0.1:7947',
      'SERFNODE_CLUSTER=shop',
      'FROM_HERE=here',
      'A=b=c',
    ])
  })

  test('refuses a variable that is given twice', () => {
    const twice = { ...options, role: 'web', env: ['ROLE=db'] }
    assert.throws(() => wantedNode(twice, around), {
      code: 'usage',
      message: /^ROLE is given twice/,
    })
  })

  test('takes paths from where it was called', () => {
    const node = wantedNode(
      { ...options, yaml: 'a.yml', volume: ['./x:/x:ro', 'data:/d', '/anon'] },
      around,
    )
    assert.equal(node.yaml, '/home/me/a.yml')
    assert.deepEqual(node.volumes, ['/home/me/x:/x:ro', 'data:/d', '/anon'])
    const { HostConfig, Volumes } = createBody(node)
    assert.deepEqual(HostConfig?.Binds, [
      '/home/me/x:/x:ro',
      'data:/d',
      '/home/me/a.yml:/serfnode.yml:ro',
    ])
    assert.deepEqual(Volumes, { '/anon': {} })
  })

  test('has each port exposed and bound', () => {
    const node = wantedNode(
      { ...options, publish: ['80', '127.0.0.1:8080:80'], restart: 'on-failure:3' },
      around,
    )
    const { ExposedPorts, HostConfig } = createBody(node)
    assert.deepEqual(ExposedPorts, { '80/tcp': {} })
    assert.deepEqual(HostConfig?.PortBindings, {
      '80/tcp': [{ HostPort: '' }, { HostIp: '127.0.0.1', HostPort: '8080' }],
    })
    assert.deepEqual(HostConfig?.RestartPolicy, { Name: 'on-failure', MaximumRetryCount: 3 })
  })
})

describe('the docker run line', () => {
  const node: NodeContainer = {
    ...wantedNode(
      { ...options, name: 'web', network: 'my net', env: ["MOTD=it's"], publish: ['80:80'] },
      around,
    ),
  }

  test('is one that a shell takes', () => {
    assert.equal(
      dockerRunLine(node),
      `docker run -d --name web --restart unless-stopped --network 'my net' -p 80:80 -e 'MOTD=it'\\''s' my_web`,
    )
  })

  test('shows no secret', () => {
    const token = `SN1-0123456789abcdef-${'s'.repeat(43)}--01234567`
    const entries = [
      [`PEER=10.0.0.1,${token}`, 'PEER=10.0.0.1,SN1-********'],
      [`SERFNODE_TOKEN=${token}`, 'SERFNODE_TOKEN=********'],
      ['MYSQL_ROOT_PASSWORD=x', 'MYSQL_ROOT_PASSWORD=********'],
      ['aws_secret_access_key=x', 'aws_secret_access_key=********'],
      ['DATABASE_URL=mysql://me:pw@db/x', 'DATABASE_URL=mysql://me:********@db/x'],
      ['SERFNODE_TOKEN_FILE=/run/token', 'SERFNODE_TOKEN_FILE=/run/token'],
      ['ROLE=web', 'ROLE=web'],
    ]
    for (const [entry = '', shown] of entries) assert.equal(maskEnv(entry), shown)
    const line = dockerRunLine({ ...node, env: entries.map(([entry = '']) => entry) })
    assert.doesNotMatch(line, /sss|=x|:pw/)
  })
})

describe('the gossip port', () => {
  test('is the first one that no container has and no stopped node will want', async () => {
    const running = {
      Id: 'r',
      Names: ['/r'],
      Labels: {},
      Command: 'x',
      Created: 1,
      State: 'running',
      Ports: [{ PublicPort: 7946, PrivatePort: 80, Type: 'tcp' }],
    }
    const stopped = {
      ...running,
      Id: 's',
      Names: ['/s'],
      State: 'exited',
      Labels: { 'io.serfnode.image': '1' },
      Ports: [],
    }
    const docker = {
      listContainers: async ({ all = false } = {}) => (all ? [stopped] : [running]),
      readText: async () => undefined,
      inspectContainer: async () => ({
        HostConfig: { PortBindings: { '7947/tcp': [{ HostPort: '7947' }], '1/tcp': null } },
      }),
    } as unknown as Docker
    const taken = await takenPorts(docker)
    assert.deepEqual([...taken], [7946, 7947])
    assert.equal(freePort(taken), 7948)
  })
})

describe('the place of the socket on the host', () => {
  test('is found through the deepest mount that holds it', () => {
    const mounts = [
      { Source: '/', Destination: '/host' },
      { Source: '/wrong', Destination: '/var/run' },
      { Source: '/run/user/1000/docker.sock', Destination: '/var/run/docker.sock' },
    ]
    assert.equal(onHost(mounts, '/var/run/docker.sock'), '/run/user/1000/docker.sock')
    assert.equal(onHost(mounts, '/host/run/docker.sock'), '/run/docker.sock')
    assert.equal(onHost(mounts, '/run/docker.sock'), undefined)
    assert.equal(onHost(mounts, '/hostile/docker.sock'), undefined)
  })
})
