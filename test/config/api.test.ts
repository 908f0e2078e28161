import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { load, problemsOf } from './load.ts'

const TOKEN = 'a-token-of-many-letters'
const files = { '/run/token': `${TOKEN}\n`, '/run/short': 'short', '/run/two': `${TOKEN} ${TOKEN}` }
const PUBLISHED = { SERFNODE_API_PUBLISH: '7381', SERFNODE_API_TOKEN_FILE: '/run/token' }
const WEB = 'children: {web: {image: a, ports: [7380]}}'

describe('the settings of the HTTP API', () => {
  test('children may read, raise and ask on port 7380, unless told otherwise', async () => {
    const api = async (text: string, env = {}) => (await load(text, { env, files })).settings.api
    assert.deepEqual(await api(''), { right: 'events', port: 7380, hosts: [] })
    assert.deepEqual(await api('serfnode: {api: read, api_port: 80}'), {
      right: 'read',
      port: 80,
      hosts: [],
    })
    assert.deepEqual(await api('serfnode: {api: off}'), { hosts: [] })
    assert.deepEqual(await api('serfnode: {api: off}', { SERFNODE_API: 'control' }), {
      right: 'control',
      port: 7380,
      hosts: [],
    })
    assert.deepEqual((await api('serfnode: {api_hosts: "a.example, b_1"}')).hosts, [
      'a.example',
      'b_1',
    ])
  })

  for (const [given, host, port] of [
    ['7381', '0.0.0.0', 7381],
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[::1]:7381', '::1', 7381],
  ] as const) {
    test(`it is published at ${given} with the token of the file`, async () => {
      const env = { ...PUBLISHED, SERFNODE_API_PUBLISH: given }
      const { publish } = (await load('', { env, files })).settings.api
      assert.deepEqual(publish, { host, port, token: TOKEN })
    })
  }

  test('a child that names its port keeps it, and that is said', async () => {
    const { settings, warnings } = await load(WEB)
    assert.deepEqual(settings.api, { right: 'events', hosts: [] })
    assert.deepEqual(warnings, [
      'environment: child "web" has port 7380, that of the HTTP API: children have no API; give another SERFNODE_API_PORT',
    ])
    const other = await load(`${WEB}\nserfnode: {api_port: 7400}`)
    assert.deepEqual([other.settings.api.port, other.warnings], [7400, []])
    const udp = await load('children: {web: {image: a, ports: [7380/udp]}}')
    assert.equal(udp.settings.api.port, 7380)
    assert.deepEqual((await load(`${WEB}\nserfnode: {api: off}`)).warnings, [])
  })

  const WRONG: [Record<string, string>, RegExp][] = [
    [
      { SERFNODE_API_PUBLISH: '7381' },
      /SERFNODE_API_PUBLISH needs a token: give SERFNODE_API_TOKEN_FILE/,
    ],
    [{ ...PUBLISHED, SERFNODE_API_TOKEN_FILE: '/nowhere' }, /cannot read \/nowhere: no such file/],
    [{ ...PUBLISHED, SERFNODE_API_TOKEN_FILE: '/run/short' }, /16 characters or more/],
    [{ ...PUBLISHED, SERFNODE_API_TOKEN_FILE: '/run/two' }, /one word/],
    [{ ...PUBLISHED, SERFNODE_API: 'off' }, /although SERFNODE_API is off/],
    [
      { ...PUBLISHED, SERFNODE_API_PUBLISH: '7380' },
      /SERFNODE_API_PUBLISH and SERFNODE_API_PORT are both 7380/,
    ],
    [{ SERFNODE_API_PORT: '7946' }, /SERFNODE_API_PORT and SERF_PORT are both 7946/],
    [{ SERFNODE_API_PORT: '7373' }, /SERFNODE_API_PORT and RPC_PORT are both 7373/],
    [{ SERFNODE_API: 'write' }, /expected events, read, control or off/],
    [{ SERFNODE_API_PUBLISH: 'node1:7381' }, /a port or address:port/],
    [{ SERFNODE_API_HOSTS: 'a b/c' }, /names by which the API is called/],
  ]
  for (const [env, message] of WRONG) {
    test(`refused: ${Object.entries(env).join(' ')}`, async () => {
      const [problem = ''] = await problemsOf('', { env, files })
      assert.match(problem, message)
      assert.ok(!problem.includes(TOKEN))
    })
  }

  test('a child at the published port is refused, and a token for nothing is said', async () => {
    const text = 'children: {web: {image: a, expose: [7381]}}'
    const [problem = ''] = await problemsOf(text, { env: PUBLISHED, files })
    assert.match(problem, /SERFNODE_API_PUBLISH: child "web" has port 7381/)
    const env = { SERFNODE_API_TOKEN_FILE: '/run/token' }
    const { warnings } = await load('', { env, files })
    assert.match(warnings[0] ?? '', /has no effect without SERFNODE_API_PUBLISH/)
  })
})
