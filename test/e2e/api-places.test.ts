import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, type Serfnode } from '../../src/client/index.ts'
import { API_TOOLS, buildApiTools, control, curl } from '../support/api.ts'
import { addressOf, testCluster, untilState } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { killServices, logOf, untilChild, untilSaid } from '../support/node.ts'

const TOKEN = 'a-token-for-tests-only'
const API = 'http://127.0.0.1:7380'

const tools = (more: object = {}): string =>
  JSON.stringify({ children: { tools: { image: API_TOOLS, init: true, ...more } } })

describe('where the API is', () => {
  const cluster = testCluster('api-places')
  const tokenFile = join(cluster.folder, 'token')
  const published = {
    env: { SERFNODE_API_PUBLISH: '7381', SERFNODE_API_TOKEN_FILE: '/run/api-token' },
    args: ['-v', `${tokenFile}:/run/api-token:ro`],
  }
  const child = (node: string): string => cluster.child(node, 'tools')
  let web: string
  let client: Serfnode

  before(async () => {
    await buildApiTools()
    writeFileSync(tokenFile, `${TOKEN}\n`)
    web = await cluster.start('web', { role: 'web', yml: tools(), ...published })
    await untilState(child('web'), 'running')
    client = connect({ baseUrl: `http://${await addressOf(web)}:7381`, token: TOKEN })
    await eventually(() => client.node())
  })
  after(() => {
    client.close()
    cluster[Symbol.dispose]()
  })

  test('a published port wants its token, which stands nowhere but in its file', async () => {
    assert.equal((await client.node()).role, 'web')
    const stranger = connect({ baseUrl: `http://${await addressOf(web)}:7381` })
    await assert.rejects(stranger.node(), { status: 401 })
    stranger.close()
    await assert.rejects(client.stopChild('tools'), { status: 403, code: 'forbidden' })
    const seen = await inside(
      web,
      'sh',
      '-c',
      'cat /run/serfnode/* /proc/*/cmdline 2>/dev/null || true',
    )
    assert.ok(!`${await logOf(web)}${seen}`.includes(TOKEN))
    const files = await inside(child('web'), 'sh', '-c', 'ls /run/api-token 2>&1 || true')
    assert.match(files, /No such file/)
  })

  test('without a token nothing is published: the node says what is missing and ends', async () => {
    const { code, stderr } = await cluster.runToEnd('bare', {
      env: { SERFNODE_API_PUBLISH: '7381' },
      args: ['--stop-timeout', '1'],
    })
    assert.match(stderr, /SERFNODE_API_PUBLISH needs a token: give SERFNODE_API_TOKEN_FILE/)
    assert.equal(code, 2)
  })

  test('a restart of the agent loses no event of a stream, and ends no watch', async () => {
    const names: string[] = []
    const kinds: string[] = []
    const following = (async () => {
      for await (const message of client.stream()) {
        kinds.push(message.type)
        if (message.type === 'event' && message.event.type === 'user') {
          names.push(message.event.name ?? '')
        }
      }
    })()
    const phases: string[] = []
    const watching = (async () => {
      for await (const { phase } of client.watch('node')) phases.push(phase)
    })()
    await eventually(async () => {
      await client.raise('ready')
      assert.equal(names.includes('ready'), true)
    })
    const own = () => names.filter((name) => /^(before|while|after)$/.test(name))
    await client.raise('before')
    await eventually(() => assert.deepEqual(own(), ['before']))
    await killServices(web, 'agent')
    await inside(web, 'serf', 'event', '-coalesce=false', 'while', 'x')
    await eventually(() => client.raise('after'), { within: 15_000 })
    await eventually(() => assert.equal(own().includes('after'), true), { within: 15_000 })
    assert.deepEqual(
      own().filter((name) => name !== 'while'),
      ['before', 'after'],
    )
    assert.ok(kinds.includes('reset'))
    await eventually(() =>
      assert.equal(Boolean(phases.length >= 2 && phases.at(-1) === 'up'), true),
    )
    assert.equal((await curl(child('web'), `${API}/healthz`)).status, 200)
    client.close()
    await Promise.all([following, watching])
    client = connect({ baseUrl: `http://${await addressOf(web)}:7381`, token: TOKEN })
  })

  test('a child that names the port of the API has it; the node says so and goes on', async () => {
    const yml = tools({ expose: [7380], command: 'python3 -m http.server 7380' })
    const node = await cluster.start('named', { role: 'named', yml })
    await untilSaid(node, /child \\?"tools\\?" has port 7380, that of the HTTP API/)
    await untilChild(node, 'tools', { state: 'running' })
    await eventually(async () => {
      assert.match((await curl(child('named'), API)).text, /Directory listing/)
    })
    await eventually(async () => assert.equal((await control(node, '/readyz')).status, 200))
    await docker('rm', '-f', node)
  })

  test('a port that is taken is said; when it is free the API is there', async () => {
    const script =
      'touch /hold; python3 -m http.server 7380 & while [ -e /hold ]; do sleep 0.1; done; kill $!; sleep 1d'
    const node = await cluster.start('taken', {
      role: 'taken',
      yml: tools({ command: ['sh', '-c', script] }),
    })
    await untilChild(node, 'tools', { state: 'running' })
    // Whoever comes first has it: the agent is ended, the child takes the port, the agent comes back.
    await inside(node, 's6-svc', '-wD', '-d', '/run/service/agent')
    await docker('restart', '-t', '1', child('taken'))
    await eventually(async () => {
      assert.match((await curl(child('taken'), API)).text, /Directory listing/)
    })
    await inside(node, 's6-svc', '-u', '/run/service/agent')
    await untilSaid(node, /port 7380 is taken .*give another SERFNODE_API_PORT/)
    const { text } = await eventually(async () => {
      const found = await control(node, '/v1/node')
      assert.equal(found.status, 200)
      return found
    })
    assert.match(text, /port 7380 is taken/)
    await inside(child('taken'), 'rm', '/hold')
    await eventually(
      async () => assert.equal((await curl(child('taken'), `${API}/healthz`)).status, 200),
      { within: 20_000 },
    )
    assert.doesNotMatch((await control(node, '/v1/node')).text, /is taken/)
  })
})
