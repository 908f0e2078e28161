import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startBareSerfs } from '../support/bare-serf.ts'
import { testCluster, untilMembers } from '../support/cluster.ts'
import { docker, tryDocker } from '../support/docker.ts'
import { eventsOf, queryIn } from '../support/events.ts'

const cluster = testCluster('queries')
let web: string
let db: string
let other: string

before(async () => {
  web = await cluster.start('web', { role: 'web', env: { NODE_NAME: 'web-1' } })
  db = await cluster.start('db', { role: 'd.b', env: { NODE_NAME: 'db-1' } })
  other = await cluster.start('other', { role: 'dxb', env: { NODE_NAME: 'other-1' } })
  await untilMembers(web, 3)
  const plain = [
    { member: 'plain-one', tags: { zone: 'attic' } },
    { member: 'plain-two', handlers: { 'query:load': 'echo 0.5' } },
  ]
  await startBareSerfs(cluster, 'plain', { of: web, members: plain })
  await untilMembers(web, 5)
  await untilMembers(other, 5)
})
after(() => cluster[Symbol.dispose]())

const names = (answers: { name: string }[]) => answers.map(({ name }) => name).sort()

describe('a query in a cluster of nodes and plain serf agents', () => {
  test('ends when all nodes have answered, long before the time that serf gives it', async () => {
    const { answers, end, ms } = await queryIn(web, 'where', '--timeout', '30')
    assert.deepEqual(names(answers), ['db-1', 'other-1', 'web-1'])
    assert.deepEqual(end, { answered: 3, none: 0, silent: [] })
    assert.ok(ms < 5_000, `${ms} ms`)
  })

  test('for which nobody has a handler ends as soon, without any answer', async () => {
    const { answers, end, ms } = await queryIn(web, 'uptime', '--timeout', '30')
    assert.deepEqual([answers, end.none, end.silent], [[], 3, []])
    assert.ok(ms < 5_000, `${ms} ms`)
    const { code, stderr } = await tryDocker(['exec', web, 'serfnode', 'query', 'uptime'])
    assert.deepEqual([code, stderr], [0, 'no answer\n'])
  })

  test('of a role goes to that role alone, taken word for word', async () => {
    const { answers, end } = await queryIn(other, 'where', '--role', 'd.b', '--timeout', '30')
    assert.deepEqual([names(answers), end.silent], [['db-1'], []])
    const heard = await eventsOf(other)
    assert.equal(heard.at(-1)?.payload === 'dxb', false)
    const nobody = await queryIn(other, 'where', '--role', 'none', '--timeout', '30')
    assert.deepEqual(nobody.end, { answered: 0, none: 0, silent: [] })
  })

  test('of a tag and of names goes to whom they fit', async () => {
    const tagged = await queryIn(web, 'where', '--tag', 'name=other-1', '--timeout', '30')
    assert.deepEqual(names(tagged.answers), ['other-1'])
    const both = ['--node-filter', 'db-1', '--node-filter', 'web-1']
    const named = await queryIn(web, 'where', ...both, '--timeout', '30')
    assert.deepEqual(names(named.answers), ['db-1', 'web-1'])
    const none = ['--node-filter', 'db-1', '--tag', 'role=web']
    assert.deepEqual((await queryIn(web, 'where', ...none)).end.answered, 0)
  })

  test('waits for a plain agent when it is named, or nobody else is asked', async () => {
    const named = await queryIn(web, 'load', '--node-filter', 'plain-two', '--timeout', '10')
    assert.deepEqual(names(named.answers), ['plain-two'])
    assert.equal(named.answers[0]?.payload, '0.5\n')
    const deaf = await queryIn(web, 'load', '--node-filter', 'plain-one', '--timeout', '1')
    assert.deepEqual(deaf.end, {
      ...{ answered: 0, none: 0, silent: [{ id: 'plain-one', name: 'plain-one' }] },
    })
    const alone = await queryIn(web, 'load', '--tag', 'zone=attic', '--timeout', '1')
    assert.deepEqual(
      alone.end.silent.map(({ name }) => name),
      ['plain-one'],
    )
  })

  test('with an empty filter anywhere is refused, and every serf lives on', async () => {
    for (const wrong of [
      ['--role', ''],
      ['--node-filter', ''],
      ['--tag', 'x='],
      ['--tag', '=x'],
    ]) {
      const argv = ['exec', web, 'serfnode', 'query', 'where', ...wrong]
      const { code, stderr } = await tryDocker(argv)
      assert.equal(code, 2, `${wrong.join(' ')}: ${stderr}`)
    }
    const { code, stderr } = await tryDocker([
      ...['exec', web, 'serfnode', 'query', 'where', '--node-filter', 'nobody'],
    ])
    assert.deepEqual(
      [code, stderr.split('\n')[0]],
      [1, 'error: ask the members: ask nobody: no member of that name'],
    )
    await untilMembers(web, 5)
  })

  test('names a node that stays silent, when the time is over', async () => {
    await docker('pause', db)
    try {
      const { answers, end } = await queryIn(web, 'where', '--timeout', '1')
      assert.deepEqual(names(answers), ['other-1', 'web-1'])
      assert.deepEqual(
        end.silent.map(({ name }) => name),
        ['db-1'],
      )
      const { stdout, stderr } = await tryDocker([
        ...['exec', web, 'serfnode', 'query', 'where', '--timeout', '500ms'],
      ])
      assert.match(stdout, /^web-1: \{/m)
      assert.equal(stderr, 'silent: db-1\n')
    } finally {
      await docker('unpause', db)
    }
  })
})
