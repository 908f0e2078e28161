import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { serfnode } from '../cli/harness.ts'
import { BASE, testCluster } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { untilChild } from '../support/node.ts'

const MISSING = 'sntest-seeing-no-such-image'
const yml = `serfnode: {role: web}
children:
  app: {image: '${BASE}', command: sleep 1d, init: true, ports: ["5000"]}
  missing: {image: '${MISSING}', pull: never}
`

describe('the status of a node', () => {
  const cluster = testCluster('seeing')
  const [web, other] = [cluster.container('web'), cluster.container('other')]
  after(() => cluster[Symbol.dispose]())
  before(async () => {
    await cluster.start('web', { yml })
    await cluster.start('other', { role: 'proxy' })
    for (const node of [web, other]) await inside(node, '/me')
  })

  /** What `serfnode status --json` says of the node, from the host. */
  const status = async (node = web) => {
    const { code, stdout, stderr } = await serfnode(['status', node, '--json'])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  const until = (check: (status: Record<string, never>) => void, within = 20_000) =>
    eventually(async () => check(await status()), { within, every: 200 })

  test('has its cluster, its children, and what it tells others, under the names of NodeInfo', async () => {
    await untilChild(web, 'app', { state: 'running' })
    await until(({ members }) => assert.deepEqual(members, { alive: 2, failed: 0, left: 0 }))
    await until(({ hidden }) => assert.equal(hidden, 'not running: missing'))
    const seen = await status()
    const [listed] = JSON.parse(
      (await serfnode(['members', '--node', web, '--role', 'web', '--json'])).stdout,
    )
    for (const key of ['id', 'name', 'role', 'serf_ip', 'serf_port', 'timestamp']) {
      assert.equal(seen[key], listed[key], key)
    }
    assert.deepEqual(seen.ports, { '5000/tcp': ['5000'] })
    assert.deepEqual([seen.container, seen.phase], [web, 'up'])
    assert.deepEqual([seen.agent.state, seen.serf.state], ['up', 'up'])
    const [app, missing] = seen.children
    assert.deepEqual([app.name, app.state, app.restarts], ['app', 'running', 0])
    assert.ok(Date.parse(app.since) <= Date.now() && Date.parse(missing.next_try) > 0)
    assert.match(missing.last_reason, new RegExp(`${MISSING} is not here \\(.*docker pull`))

    const { service_ip, hidden } = await status(other)
    assert.deepEqual([service_ip, hidden], [(await status(other)).serf_ip, undefined])
  })

  test('is the same from inside, and for people fits on their screen', async () => {
    const within = JSON.parse(await inside(web, 'serfnode', 'status', '--json'))
    assert.equal(within.id, (await status()).id)
    const { stdout } = await serfnode(['status', '--node', web], { columns: 80 })
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
    assert.match(stdout, /^service {4}hidden, not running: missing$/m)
    assert.match(stdout, /^missing +backoff /m)
  })

  test('says that and since when its agent and serf are down, and goes on telling the rest', async () => {
    await inside(web, 's6-svc', '-wD', '-T', '5000', '-d', '/run/service/agent')
    const alone = await status()
    assert.equal(alone.agent.state, 'down')
    assert.ok(Date.now() - Date.parse(alone.agent.since) < 10_000)
    assert.equal(alone.members.alive, 2)
    await inside(web, 's6-svc', '-wD', '-T', '5000', '-d', '/run/service/serf')
    const both = await status()
    assert.equal(both.serf.state, 'down')
    assert.match(both.serf.reason, /^ask serf: /)
    assert.equal(both.members, undefined)
    assert.equal(both.children.length, 2)
    await inside(web, 's6-svc', '-u', '/run/service/agent')
    await until(({ agent, serf }: Record<string, { state?: string }>) =>
      assert.deepEqual([agent?.state, serf?.state], ['up', 'up']),
    )
  })

  test('says since when an agent that hangs has said nothing, and that it is back', async () => {
    // A node in which nothing happens, so that nothing else touches its file.
    const signal = (name: string) =>
      inside(other, 'sh', '-c', `kill -${name} $(s6-svstat -o pid /run/service/agent)`)
    await signal('STOP')
    await inside(other, 'touch', '-d', '1 minute ago', '/run/serfnode/status.json')
    const { agent } = await status(other)
    assert.equal(agent.state, 'silent')
    const silentS = (Date.now() - Date.parse(agent.since)) / 1000
    assert.ok(silentS >= 60 && silentS < 75, `silent for ${silentS} s`)
    await signal('CONT')
    const back = async () => assert.equal((await status(other)).agent.state, 'up')
    await eventually(back, { within: 20_000, every: 500 })
  })

  test('counts those that failed, and names them', async () => {
    const { name } = await status(other)
    await docker('kill', other)
    await until(({ members, failed }) => {
      assert.deepEqual(members, { alive: 1, failed: 1, left: 0 })
      assert.deepEqual(failed, [name])
    }, 40_000)
  })

  test('of a node that is stopped says how to start it', async () => {
    const { code, stderr } = await serfnode(['status', other])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`not running \\(exited\\)\nstart it: docker start ${other}`))
  })
})
