import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { API_TOOLS, buildApiTools, curl } from '../support/api.ts'
import { BASE, testCluster, untilMembers, untilResolved, untilState } from '../support/cluster.ts'
import { docker, inside, tryDocker } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { handlerFiles } from '../support/handler-files.ts'
import { killServices, lifeOf } from '../support/node.ts'

const API = 'http://127.0.0.1:7380'
const KILLS = 3
const KILL_EVERY_MS = 10_000
/** A killed agent serves again within 2 s; machines that run tests are busy. */
const AGAIN_MS = 6_000

const FILES = {
  'loops.mjs': `export default { '*'() { while (true) {} } }`,
  'all.sh': '#!/bin/sh\nexec cat /dev/zero',
  'query.ping.sh': '#!/bin/sh\nread word\necho "pong $word"',
}

const yml = JSON.stringify({
  children: {
    stock: { image: BASE, command: 'sleep 1d', init: true },
    curl: { image: API_TOOLS, init: true },
  },
})

/** What a child sees when it asks the cluster by every way there is. */
describe('all ways into the cluster, from stock children', () => {
  const cluster = testCluster('surfaces')
  const stock = cluster.child('one', 'stock')
  const tools = cluster.child('one', 'curl')
  const address: Record<string, string> = {}
  let one: string

  before(async () => {
    await buildApiTools()
    const start = (name: string) => {
      const args = name === 'two' ? [] : handlerFiles(`${cluster.folder}`, FILES)
      return cluster.start(name, {
        role: name,
        env: { NODE_NAME: name },
        args,
        ...(name === 'one' && { yml }),
      })
    }
    ;[one] = (await Promise.all([start('one'), start('two')])) as [string, string]
    await untilMembers(one, 2)
    for (const child of [stock, tools]) await untilState(child, 'running')
    for (const name of ['one', 'two']) {
      address[name] = await inside(cluster.container(name), 'sh', '-c', '/me | cut -d: -f1')
      await untilResolved(stock, name, address[name])
    }
  })
  after(() => cluster[Symbol.dispose]())

  const heardBy = async (node: string): Promise<string[]> => {
    const text = await inside(cluster.container(node), 'serfnode', 'events', '--json')
    return text.split('\n').flatMap((line) => (line ? (JSON.parse(line).payload ?? []) : []))
  }

  /** Names at every moment; the rest as soon as the agent is back. */
  const nameIsThere = async (): Promise<void> => {
    for (const name of ['two', 'two.serf', 'oldest.two.serf', 'two.node.serf']) {
      const { stdout } = await tryDocker(['exec', stock, 'getent', 'ahostsv4', name])
      assert.equal(stdout.split(/\s/)[0], address['two'], name)
    }
  }
  const pipeIsHeard = async (mark: string): Promise<void> => {
    await inside(stock, 'sh', '-c', `echo '["mark", {"at": "${mark}"}]' > /serfnode/parent`)
    const expected = JSON.stringify({ at: mark })
    await eventually(async () => assert.ok((await heardBy('two')).includes(expected), expected), {
      within: AGAIN_MS,
    })
  }
  const httpAnswers = async (): Promise<void> => {
    const { status, text } = await curl(tools, '-m', '5', `${API}/v1/services?role=two`)
    assert.equal(status, 200)
    assert.equal(JSON.parse(text).services[0].service_ip, address['two'])
  }
  const queryIsAnswered = async (word: string): Promise<void> => {
    const body = JSON.stringify({ name: 'ping', payload: word, filter: { role: 'one' } })
    const args = ['-m', '8', '-H', 'Content-Type: application/json', '-d', body]
    const { status, text } = await curl(tools, ...args, `${API}/v1/queries`)
    assert.equal(status, 200, text)
    const { answers } = JSON.parse(text)
    assert.deepEqual(
      answers.map(({ payload }: { payload: string }) => payload.trim()),
      [`pong ${word}`],
    )
  }

  test('work while a handler loops, another floods, and the agent is killed again and again', async () => {
    const lives = await Promise.all([stock, tools].map(lifeOf))
    const answered = { names: 0, pipe: 0, http: 0, query: 0 }
    for (let kill = 0; kill < KILLS; kill += 1) {
      await killServices(one, 'agent')
      const until = performance.now() + KILL_EVERY_MS
      for (let round = 0; performance.now() < until; round += 1) {
        await nameIsThere()
        answered.names += 1
        await eventually(httpAnswers, { within: AGAIN_MS })
        answered.http += 1
        await pipeIsHeard(`${kill}-${round}`)
        answered.pipe += 1
        await eventually(() => queryIsAnswered(`${kill}-${round}`), { within: AGAIN_MS })
        answered.query += 1
      }
    }
    for (const [way, count] of Object.entries(answered)) {
      assert.ok(count >= 2 * KILLS, `${way}: ${count} rounds in ${KILLS} lives of the agent`)
    }
    assert.deepEqual(await Promise.all([stock, tools].map(lifeOf)), lives)
  })

  test('leave the node small: what the handlers do is not kept', async () => {
    const memory = await docker('exec', one, 'sh', '-c', 'cat /proc/[0-9]*/status | grep VmRSS')
    const largest = Math.max(...[...memory.matchAll(/(\d+) kB/g)].map(([, kb]) => Number(kb)))
    assert.ok(largest < 150_000, `a process has ${largest} kB`)
  })
})
