import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { HandlerReport } from '../../src/handlers/types.ts'
import { testCluster, untilMembers } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { handlerFiles, handlerProcesses } from '../support/handler-files.ts'
import { killServices, untilSaid } from '../support/node.ts'

const page = readFileSync(new URL('../../docs/handlers.md', import.meta.url), 'utf8')

/** The text of a handler as the page of handlers shows it. */
const onPage = (file: string): string => {
  const [, text] =
    new RegExp(`^\`handlers/${file}\`[\\s\\S]*?\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'm').exec(
      page,
    ) ?? []
  assert.ok(text, file)
  return text
}

const FILES = {
  'user.deploy.sh': onPage('user.deploy.sh'),
  'deploys.ts': onPage('deploys.ts'),
  // As people write them for plain Serf.
  'query.who.sh': `#!/bin/sh
read payload
echo "$SERF_SELF_NAME $SERF_SELF_ROLE $SERF_TAG_ROLE $SERF_QUERY_NAME $payload"`,
  'member-join.sh': `#!/bin/sh
while read name addr role tags; do echo "$SERF_EVENT $name $addr $role $tags" >> joins; done`,
  'query.me.sh': `#!/bin/sh
id -u; id -G; pwd
for file in /run/serfnode/boot.json /var/lib/serfnode/secret.json /var/run/docker.sock; do
  [ -r $file ] && echo "may read $file"
done
env | grep -c TOP || true`,
  'socket.sh': `#!/bin/sh
cd / && cd && touch at-home && ls
[ -w "\${DOCKER_HOST#unix://}" ] && echo "may use the engine"`,
  'query.leave.sh': `#!/bin/sh
setsid sleep 12345 < /dev/null > /dev/null 2>&1 &
echo left`,
  'user.greet': `#!/bin/sh
touch greeted
exec sleep 23456`,
  'all.sh': `#!/bin/sh
[ "$SERF_EVENT" = query ] || echo "$SERF_EVENT $SERF_USER_EVENT" >> heard`,
  'state.ts': `import type { Handlers } from 'serfnode'
type Sum = { total: number }
const sum: Sum = { total: 0 }
export default {
  'user:add'(event) { sum.total += Number(event.text) },
  'query:sum': () => sum.total,
  'query:raise': async (event, node) => { await node.raise('add', '100'); return 'raised' },
  'query:roles': async (event, node) =>
    (await node.catalog()).members.map(({ role }) => role).sort(),
  async 'query:others'(event, node) {
    const found: unknown[] = []
    for await (const one of node.ask('sum', '', { role: 'web' }))
      found.push(one.type === 'answer' ? one.text : one.none)
    return found
  },
} satisfies Handlers`,
}

describe('handlers of a node', () => {
  const cluster = testCluster('handlers')
  let a: string

  before(async () => {
    const args = handlerFiles(cluster.folder, FILES)
    a = await cluster.start('a', {
      role: 'db',
      args,
      env: { NODE_NAME: 'a', TOP: 'secret' },
      yml: 'handlers: {"query:socket": {file: /handlers/socket.sh, docker_socket: true}}',
    })
    await inside(a, '/me')
    await cluster.start('b', { role: 'web', peer: a })
    await untilMembers(a, 2)
  })
  after(() => cluster[Symbol.dispose]())

  const ask = async (name: string, payload = ''): Promise<string> => {
    const args = ['query', name, payload, '--node-filter', 'a', '--json']
    const [answer = ''] = (await inside(a, 'serfnode', ...args)).split('\n')
    return JSON.parse(answer).payload ?? ''
  }
  const folderOf = (handler: string): string => `/run/serfnode/handlers/${handler}`
  const reports = async (): Promise<HandlerReport[]> =>
    JSON.parse(await inside(a, 'serfnode', 'handlers', '--json'))

  test('a script for plain Serf answers a query', async () => {
    assert.match(await ask('who', 'hello'), /^a\.[0-9a-f]{6} db db who hello\n$/)
  })

  test('a script for plain Serf hears who joined', async () => {
    await eventually(async () => {
      const joins = await inside(a, 'cat', `${folderOf('member-join.sh')}/joins`)
      assert.match(joins, /^member-join web-\S+ [\d.]+ web \S*role=web/m)
      assert.match(joins, /^member-join a\.\S+ [\d.]+ db \S*name=a/m)
    })
  })

  test('a module keeps its state between events', async () => {
    for (const amount of ['1', '2', '39']) await inside(a, 'serfnode', 'event', 'add', amount)
    await eventually(async () => assert.equal(await ask('sum'), '42'))
  })

  test('a module reads the catalog, raises events and asks the members', async () => {
    assert.equal(await ask('roles'), '["db","web"]')
    assert.equal(await ask('raise'), 'raised')
    await eventually(async () => assert.equal(await ask('sum'), '142'))
    assert.equal(await ask('others'), '[1]')
  })

  test('those of their page do what it says', async () => {
    assert.equal(await ask('last-deploy'), 'none')
    await inside(a, 'serfnode', 'event', 'deploy', 'v42')
    await eventually(async () => assert.equal(await ask('last-deploy'), 'v42'))
    await untilSaid(a, /a\.[0-9a-f]{6} deploys v42/)
  })

  test('each has a uid and a folder of its own, and nothing of the node', async () => {
    const handler = 'query.me.sh'
    const [uid, groups, dir, ...rest] = (await ask('me')).trim().split('\n')
    assert.ok(Number(uid) >= 60_100)
    assert.deepEqual([groups, dir, rest], [uid, folderOf(handler), ['0']])
  })

  test('one that asks for it gets the engine', async () => {
    assert.equal(await ask('socket'), 'at-home\nmay use the engine\n')
  })

  test('what a script leaves behind ends with it', async () => {
    assert.equal(await ask('leave'), 'left\n')
    const left = (await handlerProcesses(a)).filter(({ command }) => /12345/.test(command))
    assert.deepEqual(left, [])
  })

  test('events are heard once, also when the agent is killed; what it ran then ends', async () => {
    await inside(a, 'serfnode', 'event', 'greet')
    await eventually(() => inside(a, 'test', '-e', `${folderOf('user.greet')}/greeted`))
    await killServices(a, 'agent')
    await eventually(async () => {
      const processes = await handlerProcesses(a)
      const names = processes.map(({ command }) => command.trim().split('/').at(-1))
      assert.deepEqual(names.sort(), ['deploys.ts', 'state.ts'])
    })
    // A new life of the module: its state was in memory.
    await eventually(async () => assert.equal(await ask('sum'), '0'))
    const heard = (await inside(a, 'cat', `${folderOf('all.sh')}/heard`)).split('\n')
    assert.equal(heard.filter((line) => line.trim() === 'start').length, 1)
    assert.equal(heard.filter((line) => line === 'user greet').length, 1)
    assert.equal(heard.filter((line) => line === 'user add').length, 4)
  })

  test('serfnode handlers shows how they fare', async () => {
    await ask('who')
    await eventually(async () => {
      const found = await reports()
      const files = found.map(({ file }) => file.replace('/handlers/', ''))
      assert.deepEqual(files.sort(), Object.keys(FILES).sort())
      const who = found.find(({ name }) => name === 'query.who.sh')
      assert.deepEqual([who?.state, who?.runs, who?.failures], ['idle', 1, 0])
      assert.equal((who?.p50_ms ?? 0) > 0, true)
    })
    const table = await inside(a, 'serfnode', 'handlers')
    assert.match(table, /^NAME +HEARS +STATE +RUNS +FAILED +QUEUE +/)
    assert.match(table, /^state\.ts +user:add, query:sum, .* idle /m)
  })
  test('hear that the node stops', async () => {
    await docker('stop', a)
    const file = join(cluster.folder, 'heard')
    await docker('cp', `${a}:${folderOf('all.sh')}/heard`, file)
    assert.match(readFileSync(file, 'utf8'), /^stop $/m)
  })
})
