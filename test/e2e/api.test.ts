import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildClient } from '../../scripts/setup/client.ts'
import { pause } from '../../src/lib/wait.ts'
import { API_TOOLS, buildApiTools, control, curl } from '../support/api.ts'
import { addressOf, stateOf, testCluster, untilMembers, untilState } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { lifeOf, untilChild } from '../support/node.ts'
import { ROOT } from '../support/readme.ts'

const API = 'http://127.0.0.1:7380'
const JSON_TYPE = ['-H', 'Content-Type: application/json']

const yml = (node: object = {}): string =>
  JSON.stringify({ serfnode: node, children: { tools: { image: API_TOOLS, init: true } } })

/** The first block of `language` in docs/api.md. */
const snippet = (language: string): string => {
  const text = readFileSync(join(ROOT, 'docs/api.md'), 'utf8').split('## In a few lines')[1] ?? ''
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ''
}

describe('the API from a child that has nothing but curl', () => {
  const cluster = testCluster('api')
  const child = (node: string): string => cluster.child(node, 'tools')
  const post = (node: string, path: string, body?: object) =>
    curl(
      child(node),
      ...['-X', 'POST', ...(body ? [...JSON_TYPE, '-d', JSON.stringify(body)] : []), API + path],
    )
  let web: string
  let ctl: string

  before(async () => {
    await buildApiTools()
    ;[web, ctl] = await Promise.all([
      cluster.start('web', { role: 'web', yml: yml() }),
      cluster.start('ctl', { role: 'ctl', yml: yml({ api: 'control' }) }),
      cluster.start('ro', { role: 'ro', yml: yml({ api: 'read' }) }),
      cluster.start('off', { role: 'off', yml: yml({ api: 'off' }) }),
    ])
    await untilMembers(web, 4)
    for (const node of ['web', 'ctl', 'ro', 'off']) await untilState(child(node), 'running')
  })
  after(() => cluster[Symbol.dispose]())

  test('reads the cluster, its node and the own output', async () => {
    await eventually(async () => {
      const { text } = await curl(child('web'), `${API}/v1/services`)
      const roles = JSON.parse(text).services.map(({ role }: { role: string }) => role)
      assert.deepEqual(roles, ['ctl', 'off', 'ro', 'web'])
    })
    const { members } = JSON.parse((await curl(child('web'), `${API}/v1/members`)).text)
    assert.equal(members.length, 4)
    assert.equal((await curl(child('web'), `${API}/readyz`)).status, 200)
    const logs = await curl(child('web'), `${API}/v1/children/tools/logs`)
    assert.deepEqual([logs.status, logs.text], [200, ''])
    assert.match((await curl(child('web'), `${API}/metrics`)).text, /serfnode_members.* 4\n/)
  })

  test('waits for a change, and gets it when it comes', async () => {
    const { index } = JSON.parse((await curl(child('web'), `${API}/v1/members`)).text)
    const waiting = curl(child('web'), `${API}/v1/members?watch=${index}&wait=60s`)
    const late = await cluster.start('late', { role: 'late', yml: yml() })
    const { members } = JSON.parse((await waiting).text)
    assert.equal(members.length, 5)
    await docker('rm', '-f', late)
  })

  test('raises an event that every node hears, and asks', async () => {
    assert.equal(
      (await post('web', '/v1/events', { name: 'deploy', payload: { v: 3 } })).status,
      202,
    )
    await eventually(async () => {
      const { events } = JSON.parse((await control(ctl, '/v1/events')).text)
      const heard = events.find(({ name }: { name?: string }) => name === 'deploy')
      assert.equal(heard?.payload, '{"v":3}')
    })
    const asked = await post('web', '/v1/queries', { name: 'where', filter: { role: 'ctl' } })
    const { answers, silent } = JSON.parse(asked.text)
    assert.deepEqual([answers.length, silent], [1, []])
    assert.equal(JSON.parse(answers[0].payload).role, 'ctl')
  })

  test('has the rights that are given: reading, events, control, nothing', async () => {
    const rights: Record<string, number[]> = {}
    for (const node of ['ro', 'web', 'ctl', 'off']) {
      const read = await curl(child(node), `${API}/v1/node`)
      const raised = await post(node, '/v1/events', { name: 'x' })
      const refused = await post(node, '/v1/children/nobody/start')
      rights[node] = [read.status, raised.status, refused.status]
    }
    assert.deepEqual(rights, {
      ro: [200, 403, 403],
      web: [200, 202, 403],
      ctl: [200, 202, 404],
      off: [0, 0, 0],
    })
    assert.equal((await control(cluster.container('off'), '/v1/node')).status, 200)
  })

  test('a page in a browser beside it gets nothing', async () => {
    const asked = (...headers: string[]) =>
      curl(child('web'), ...headers.flatMap((one) => ['-H', one]), `${API}/v1/node`)
    assert.equal((await asked('Host: evil.example')).status, 421)
    assert.equal((await asked('Origin: http://evil.example')).status, 403)
  })

  test('the control socket is not to be seen by a child', async () => {
    const seen = await tryDocker(['exec', child('web'), 'ls', '/run/serfnode'])
    assert.notEqual(seen.code, 0)
  })

  test('a child stopped by the API stays stopped until it is started', async () => {
    const tools = child('ctl')
    const act = async (verb: string): Promise<void> => {
      const { status, text } = await control(ctl, `/v1/children/tools/${verb}`, { method: 'POST' })
      assert.equal(status, 204, text)
    }
    await act('stop')
    await untilChild(ctl, 'tools', { state: 'stopped', last_reason: 'stopped by hand' })
    await pause(2_000)
    assert.equal(await stateOf(tools), 'exited')
    await act('start')
    await untilChild(ctl, 'tools', { state: 'running' })
    const before = await lifeOf(tools)
    await act('restart')
    await untilChild(ctl, 'tools', { state: 'running' })
    assert.notEqual(await lifeOf(tools), before)
    const others = await control(ctl, '/v1/children/nobody/stop', { method: 'POST' })
    assert.equal(others.status, 404)
  })

  test('the lines of docs/api.md do what they say, in sh, Python and Node', async () => {
    const address = await addressOf(web)
    const shells = await inside(child('web'), 'sh', '-c', `${snippet('sh')}\ntrue`)
    const python = await inside(
      child('web'),
      ...['sh', '-c', 'timeout 3 python3 -c "$0" || true', snippet('python')],
    )
    const folder = join(cluster.folder, 'serfnode')
    mkdirSync(folder)
    const exports = { types: './dist/client/index.d.ts', default: './dist/client/index.js' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports }))
    await buildClient(join(folder, 'dist/client'))
    await inside(web, 'mkdir', '-p', '/try/node_modules')
    await docker('cp', folder, `${web}:/try/node_modules/serfnode`)
    writeFileSync(join(cluster.folder, 'use.mjs'), snippet('js'))
    await docker('cp', join(cluster.folder, 'use.mjs'), `${web}:/try/use.mjs`)
    const node = await inside(web, 'node', '/try/use.mjs')
    for (const output of [shells, python, node]) {
      assert.match(output, new RegExp(address.replaceAll('.', '\\.')))
      assert.match(output, /"?role\\?"?: ?\\?"web/)
    }
    for (const output of [shells, python]) assert.match(output, /^event: hello/m)
  })
})
