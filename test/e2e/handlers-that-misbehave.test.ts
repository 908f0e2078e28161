import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { HandlerReport } from '../../src/handlers/types.ts'
import { testCluster, untilMembers, untilResolved } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { eventually } from '../support/eventually.ts'
import { handlerFiles, handlerProcesses } from '../support/handler-files.ts'
import { logOf, servicePid } from '../support/node.ts'

const GIGABYTE = 1_000_000_000

const FILES = {
  'good.mjs': `let count = 0
export default { 'user:go'() { count++ }, 'query:count': () => String(count) }`,
  'query.good.sh': `#!/bin/sh
echo good`,
  'loops.mjs': `export default { 'user:go'() { while (true) {} } }`,
  'throws.mjs': `throw new Error('at import')`,
  'exits.mjs': 'process.exit(0)',
  'prints.mjs': `const text = 'x'.repeat(999) + '\\n'
export default { 'user:go'() { for (let i = 0; i < ${GIGABYTE / 1000}; i++) console.log(text) } }`,
  'user.go.sh': `#!/bin/sh
head -c ${GIGABYTE} /dev/zero`,
  'user.fork.sh': `#!/bin/sh
i=0; while [ $i -lt 5000 ]; do sleep 1000 & i=$((i+1)); done; echo forked 5000 >&2`,
  'all.sh': `#!/bin/sh
trap '' TERM HUP INT
for i in 1 2 3; do setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' & done
[ "$SERF_USER_EVENT" = go ] || exit 0
while :; do sleep 1000; done`,
}

describe('handlers that loop, fork, flood, exit and throw', () => {
  const cluster = testCluster('misbehave')
  let a: string

  before(async () => {
    a = await cluster.start('a', {
      role: 'db',
      env: { NODE_NAME: 'a' },
      args: handlerFiles(cluster.folder, FILES),
      yml: 'handlers: {"*": {file: /handlers/all.sh, timeout: 4s, concurrency: 2}}',
    })
    await inside(a, '/me')
    for (let i = 0; i < 3; i++) await inside(a, 'serfnode', 'event', 'go', String(i))
  })
  after(() => cluster[Symbol.dispose]())

  const ask = async (name: string): Promise<string> => {
    const [answer = ''] = (await inside(a, 'serfnode', 'query', name, '--json')).split('\n')
    return JSON.parse(answer).payload ?? ''
  }
  const report = async (name: string): Promise<HandlerReport> => {
    const all = JSON.parse(await inside(a, 'serfnode', 'handlers', '--json')) as HandlerReport[]
    const found = all.find((one) => one.name === name || one.file === `/handlers/${name}`)
    if (!found) throw new Error(`no handler ${name}`)
    return found
  }

  test('delay no other handler, and no surface', async () => {
    await eventually(async () => assert.equal(await ask('count'), '3'), { within: 3_000 })
    assert.equal(await ask('good'), 'good\n')
    const b = await cluster.start('b', { role: 'web', peer: a })
    await untilMembers(a, 2)
    const address = await docker(
      ...['inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', b],
    )
    await untilResolved(a, 'web', address, 10_000)
    assert.equal((await report('good.mjs')).failures, 0)
  })

  test('are killed, with all that they forked', async () => {
    await eventually(
      async () => {
        const { last_error, timeouts } = await report('all.sh')
        assert.ok(timeouts >= 2, JSON.stringify(last_error))
        assert.match(last_error?.message ?? '', /not done after 4000 ms/)
      },
      { within: 15_000 },
    )
    await eventually(async () => {
      const { queue, running } = await report('all.sh')
      assert.deepEqual([queue, running], [0, 0])
    })
    const left = (await handlerProcesses(a)).filter(({ command }) => /sleep|all\.sh/.test(command))
    assert.deepEqual(left, [])
  })

  test('what forks on and on comes to an end', async () => {
    await inside(a, 'serfnode', 'event', 'fork')
    await eventually(async () => {
      assert.match((await report('user.fork.sh')).last_error?.message ?? '', /Cannot fork/)
    })
    const left = (await handlerProcesses(a)).filter(({ command }) => /sleep|fork/.test(command))
    assert.ok(left.length < 10, `${left.length} left`)
  })

  test('a module that never gives back the processor is killed within seconds', async () => {
    await eventually(
      async () =>
        assert.match(
          (await report('loops.mjs')).last_error?.message ?? '',
          /does not answer after \d s: killed/,
        ),
      { within: 15_000 },
    )
  })

  test('a module that throws or exits at once is tried ever more seldom', async () => {
    await eventually(async () => {
      const [throws, exits] = [await report('throws.mjs'), await report('exits.mjs')]
      assert.match(throws.last_error?.message ?? '', /^Error: at import \(throws\.mjs:1:7\)/)
      assert.match(exits.last_error?.message ?? '', /^exit 0/)
      for (const { restarts = 0 } of [throws, exits])
        assert.equal(Boolean(restarts > 1 && restarts < 12), true)
    })
  })

  test('a gigabyte of output is not kept, and ends what prints it', async () => {
    await eventually(
      async () => {
        const script = await report('user.go.sh')
        assert.match(script.last_error?.message ?? '', /printed more than 16777216 bytes/)
        assert.equal(script.failures, 3)
      },
      { within: 15_000 },
    )
    const { last_error } = await report('prints.mjs')
    assert.match(last_error?.message ?? '', /heap out of memory|does not answer/)
    assert.ok((await logOf(a)).length < 2_000_000)
    const rss = await inside(a, 'cat', `/proc/${await servicePid(a, 'agent')}/status`)
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(rss)?.[1]) / 1024
    assert.ok(megabytes < 120, `the agent has ${megabytes} MB`)
  })

  test('nothing of them is left when the node has stopped its agent', async () => {
    await inside(a, 's6-svc', '-wD', '-T', '5000', '-d', '/run/service/agent')
    assert.deepEqual(await handlerProcesses(a), [])
  })
})
