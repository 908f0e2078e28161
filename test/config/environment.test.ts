import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { load, problemsOf } from './load.ts'

const TOKEN = 'SN1-0a1b2c3d-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE-5f3a'

const bad: Record<string, [Record<string, string>, ...string[]]> = {
  'a port that is none': [
    { SERF_PORT: 'http' },
    'environment: SERF_PORT: found "http", expected a port from 1 to 65535',
  ],
  'SERF_IP and IP that differ': [
    { SERF_IP: '10.0.0.1', IP: '10.0.0.2' },
    'environment: SERF_IP and IP differ; give one of them',
  ],
  'an address that only the node itself reaches': [
    { SERVICE_IP: '127.0.0.1' },
    'environment: SERVICE_IP: found "127.0.0.1", expected an IP address that other nodes reach',
  ],
  'one port for gossip and RPC': [
    { RPC_PORT: '7946' },
    'environment: SERF_PORT and RPC_PORT are both 7946; choose another for one',
  ],
  'a misspelt variable': [
    { SERFNODE_TOKN: TOKEN },
    'environment: unknown variable SERFNODE_TOKN; did you mean "SERFNODE_TOKEN"?',
  ],
  'a 2015 name with the new prefix': [
    { SERFNODE_ROLE: 'web' },
    'environment: unknown variable SERFNODE_ROLE; did you mean "ROLE"?',
  ],
  'an unknown variable': [
    { SERFNODE_FOO: '' },
    'environment: unknown variable SERFNODE_FOO; see "serfnode run --help" for all of them',
  ],
  'a reach that comes later': [
    { SERFNODE_REACH: 'hosts' },
    'environment: SERFNODE_REACH: found "hosts", expected engine; several hosts are not supported yet',
  ],
  'a DOCKER_NAME that is none': [
    { DOCKER_NAME: 'a b' },
    "environment: DOCKER_NAME: found \"a b\", expected the name of a child: letters, digits, '_', '.' and '-'",
  ],
  'a PEER that is none': [
    { PEER: 'rabbit:x' },
    'environment: PEER: found "rabbit:x", expected host, host:port or a token SN1-..., several separated by commas or spaces',
  ],
  'a URL as PEER': [
    { PEER: 'http://rabbit' },
    'environment: PEER: found "http://rabbit", expected host, host:port or a token SN1-..., several separated by commas or spaces; leave out the "scheme://"',
  ],
  'a NODE_NAME that is too long': [
    { NODE_NAME: 'n'.repeat(64) },
    `environment: NODE_NAME: found "${'n'.repeat(60)}...", expected 63 of letters, digits, '_', '.' and '-' at most, a letter or digit first and last, not localhost`,
  ],
  'a role that is too long': [
    { ROLE: 'ä'.repeat(33) },
    `environment: ROLE: found "${'ä'.repeat(33)}", expected the name of a role: 64 ASCII characters at most, without / and \\, not localhost`,
  ],
  'YAML in a variable that is none': [
    { APP_PORTS: '[80' },
    'environment: APP_PORTS: no valid YAML: Flow sequence must end with a ]',
  ],
  'a wrong item in a variable': [
    { APP_VOLUMES: '["data"]' },
    'environment: APP_VOLUMES[0]: found "data", expected a volume such as "data:/var/lib/data", "/host/path:/path:ro" or "/path"; the path in the child must be absolute',
  ],
  'a socket that is none': [
    { DOCKER_SOCKET: 'tcp://10.0.0.1:2375' },
    'environment: DOCKER_SOCKET: found "tcp://10.0.0.1:2375", expected the absolute path of Docker\'s socket; only a unix socket is supported',
  ],
  'a token given twice': [
    { SERFNODE_TOKEN: TOKEN, SERFNODE_TOKEN_FILE: '/run/secrets/token' },
    'environment: SERFNODE_TOKEN and SERFNODE_TOKEN_FILE are both given; keep one',
  ],
  'a token file that is not there': [
    { SERFNODE_TOKEN_FILE: '/run/secrets/token' },
    'environment: SERFNODE_TOKEN_FILE: cannot read /run/secrets/token: no such file',
  ],
}

describe('a wrong environment', () => {
  for (const [what, [env, ...lines]] of Object.entries(bad)) {
    test(`${what} is refused by name`, async () => {
      assert.deepEqual(await problemsOf('', { env }), lines)
    })
  }

  const secret = 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE'
  const leaks: [string, Record<string, string>][] = [
    ['a broken token', { SERFNODE_TOKEN: secret }],
    ['a token with a space', { SERFNODE_TOKEN: `SN1-0a1b ${secret}` }],
    ['a token in lower case as PEER', { PEER: `sn1-${secret}` }],
    ['a token without its beginning as PEER', { PEER: `10.0.0.1,:${secret}` }],
    ['a token torn in two as PEER', { PEER: `SN1-0a1b-${secret.slice(0, 9)} :${secret.slice(9)}` }],
    ['a token in the place of its file', { SERFNODE_TOKEN_FILE: TOKEN }],
    ['a token as role', { ROLE: `${TOKEN} and much more than sixty-four bytes` }],
    ['a token as name', { NODE_NAME: TOKEN.repeat(2) }],
    ['a token in the path of its file', { SERFNODE_TOKEN_FILE: `/run/${TOKEN}` }],
    ['a token as an alias', { APP_PORTS: `[*${TOKEN}]` }],
    ['a file with a broken token', { SERFNODE_TOKEN_FILE: '/broken' }],
  ]
  for (const [what, env] of leaks) {
    test(`${what} is refused without showing any of it`, async () => {
      const lines = await problemsOf('', { env, files: { '/broken': `SN-${secret}\n` } })
      assert.match(lines[0]!, /^environment: /)
      for (let at = 0; at + 6 <= secret.length; at++) {
        assert.ok(!lines.join().includes(secret.slice(at, at + 6)), lines.join('\n'))
      }
    })
  }
})

test('a token in the key of a map is not shown', async () => {
  const lines = await problemsOf(`children: {${TOKEN}: {image: a, imge: 1}, ${TOKEN}x: {image: 1}}`)
  assert.ok(lines.length > 0 && !lines.join().includes('Zm9v'), lines.join('\n'))
})

describe('merging', () => {
  test('a variable beats the file, the file beats the default', async () => {
    const text = 'serfnode: {role: web, serf_port: 8000, cluster: blue}'
    const { settings } = await load(text, { env: { ROLE: 'app', SERF_PORT: ' 9000 ' } })
    assert.equal(settings.role, 'app')
    assert.equal(settings.serf_port, 9000)
    assert.equal(settings.cluster, 'blue')
    assert.equal(settings.rpc_port, 7373)
  })

  test('an empty variable counts as not given', async () => {
    const { settings } = await load('serfnode: {role: web}', { env: { ROLE: '', PEER: ' ' } })
    assert.equal(settings.role, 'web')
    assert.deepEqual(settings.peers, [])
  })

  test('without variables and without a file there are the defaults of 2015', async () => {
    const readFile = () => Promise.reject(new Error('nothing is read'))
    const { settings, warnings } = await loadSettings({
      env: { PATH: '/bin', HOME: '/' },
      readFile,
    })
    assert.deepEqual(settings, {
      role: 'no_role',
      cluster: 'default',
      peers: [],
      insecure: false,
      serf_port: 7946,
      rpc_port: 7373,
      service_port: 0,
      api: { hosts: [], right: 'events', port: 7380 },
      docker_sockets: [
        '/var/run/docker.sock',
        '/run/docker.sock',
        '/host/run/docker.sock',
        '/host/var/run/docker.sock',
      ],
      host_prefix: '/host',
      dns: true,
      log_level: 'info',
      children: [],
      handlers: [],
    })
    assert.deepEqual(warnings, [])
  })

  test('an empty file, empty sections and comments alone are legal', async () => {
    for (const text of [
      '',
      '\n',
      '# nothing\n',
      '---\n',
      'serfnode:\nchildren:\n',
      'children: []',
    ]) {
      const { settings } = await load(text)
      assert.deepEqual(settings.children, [], text)
    }
  })

  test('IP is SERF_IP by its name of the 2015 playbook', async () => {
    const { settings } = await load('', { env: { IP: '10.0.0.1', SERF_IP: '10.0.0.1' } })
    assert.equal(settings.serf_ip, '10.0.0.1')
    assert.equal((await load('', { env: { IP: 'fd00::1' } })).settings.serf_ip, 'fd00::1')
  })

  test('PEER takes addresses, names and tokens, several and each once', async () => {
    const PEER = `10.0.0.1:7947, rabbit my_node.1:99 [fd00::1]:5 fd00::2\n${TOKEN},rabbit:7946`
    const { settings } = await load('serfnode: {peer: other}', { env: { PEER } })
    assert.deepEqual(settings.peers, [
      { type: 'address', host: '10.0.0.1', port: 7947 },
      { type: 'address', host: 'rabbit', port: 7946 },
      { type: 'address', host: 'my_node.1', port: 99 },
      { type: 'address', host: 'fd00::1', port: 5 },
      { type: 'address', host: 'fd00::2', port: 7946 },
      { type: 'token', token: TOKEN },
    ])
  })

  test('peer of the file may be a list', async () => {
    const { settings } = await load('serfnode: {peer: [a, "b:1 c"]}')
    assert.deepEqual(
      settings.peers.map((peer) => (peer.type === 'address' ? `${peer.host}:${peer.port}` : peer)),
      ['a:7946', 'b:1', 'c:7946'],
    )
  })

  test('a role may have spaces, with a warning that it is no host name', async () => {
    const { settings, warnings } = await load('serfnode: {role: my web}')
    assert.equal(settings.role, 'my web')
    const message = 'role "my web" is no host name: other nodes find it in files only'
    assert.deepEqual(warnings, [`/app/serfnode.yml: ${message}`])
  })

  test('the token comes from the variable or from the file that another names', async () => {
    const files = { '/run/secrets/token': `${TOKEN}\n` }
    const fromFile = await load('', { env: { SERFNODE_TOKEN_FILE: '/run/secrets/token' }, files })
    assert.equal(fromFile.settings.token, TOKEN)
    const env = { SERFNODE_TOKEN: TOKEN, SERFNODE_INSECURE: '1' }
    const { settings, warnings } = await load('', { env })
    assert.equal(settings.token, TOKEN)
    assert.equal(settings.insecure, true)
    assert.deepEqual(warnings, [
      'environment: SERFNODE_INSECURE: gossip is not encrypted although a token is given',
    ])
  })

  test('DOCKER_SOCKET is looked for as it stands and below HOST_PREFIX', async () => {
    const env = { DOCKER_SOCKET: 'unix:///x/docker.sock', HOST_PREFIX: '/root/' }
    const { settings } = await load('', { env })
    assert.deepEqual(settings.docker_sockets, ['/x/docker.sock', '/root/x/docker.sock'])
  })

  test('DOCKER_BINARY of 2015 has no effect, and says so', async () => {
    const { warnings } = await load('', { env: { DOCKER_BINARY: '/usr/bin/docker' } })
    assert.match(warnings.join(), /DOCKER_BINARY: has no effect/)
  })

  test('APP_ variables add to every child and replace what the file adds', async () => {
    const text = `
serfnode:
  ports: [1]
  volumes: ['old:/old']
children:
  data: {image: a}
  web: {image: b, volumes: ['mine:/shared', 'mine:/mine'], ports: [80]}`
    const env = {
      APP_PORTS: '["8080:80", 443]',
      APP_VOLUMES: '["all:/shared"]',
      APP_VOLUMES_FROM: 'data',
    }
    const { settings } = await load(text, { env })
    const [data, web] = settings.children
    assert.deepEqual(data?.volumes_from, [])
    assert.deepEqual(web?.volumes_from, ['data'])
    assert.deepEqual(
      web?.volumes.map(({ source, target }) => `${source}:${target}`),
      ['mine:/mine', 'all:/shared'],
    )
    const added = [
      { container: 80, protocol: 'tcp', host: 8080 },
      { container: 443, protocol: 'tcp' },
    ]
    assert.deepEqual(data?.ports, added)
    assert.deepEqual(web?.ports, [{ container: 80, protocol: 'tcp' }, ...added])
  })

  test('a file system that fails in an odd way ends in a ConfigError too', async () => {
    const readFile = () => Promise.reject(new Error(`odd ${TOKEN}`))
    const env = { SERFNODE_TOKEN_FILE: '/x' }
    const error = await loadSettings({ env, readFile }).catch((caught: unknown) => caught)
    assert.ok(error instanceof ConfigError)
    assert.equal(error.message, 'environment: SERFNODE_TOKEN_FILE: cannot read /x: unknown reason')
  })
})
