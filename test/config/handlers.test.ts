import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { loadSettings } from '../../src/config/load-settings.ts'
import { serfnodeSchema } from '../../src/config/serfnode-yml.ts'
import { accepts } from './accepts.ts'
import { load, problemsOf } from './load.ts'

const GOOD = `
handlers:
  user:deploy: ./deploy.sh
  query:load: { file: load.py, timeout: 5s, concurrency: 4, docker_socket: true }
  user:undeploy: deploy.sh
  "*": /usr/local/bin/all
`

describe('handlers: in serfnode.yml', () => {
  test('are read, those of one file as one', async () => {
    const { settings } = await load(GOOD)
    assert.deepEqual(settings.handlers, [
      { name: 'deploy.sh', file: '/app/deploy.sh', events: ['user:deploy', 'user:undeploy'] },
      {
        name: 'load.py',
        file: '/app/load.py',
        events: ['query:load'],
        timeout: 5000,
        concurrency: 4,
        docker_socket: true,
      },
      { name: '/usr/local/bin/all', file: '/usr/local/bin/all', events: ['*'] },
    ])
    assert.ok(accepts(serfnodeSchema(), parse(GOOD)))
    assert.deepEqual((await load('')).settings.handlers, [])
  })

  const wrong: [string, RegExp][] = [
    [
      'handlers:\n  member-jion: ./x',
      /^serfnode\.yml:2:3: .*"member-jion"; did you mean "member-join"/,
    ],
    ['handlers:\n  deploy: ./x', /^serfnode\.yml:2:3: .*an event of your own is "user:deploy"/],
    ['handlers: { join: }', /^serfnode\.yml:1:13: .*expected a file/],
    ['handlers: { join: ../x }', /^serfnode\.yml:1:19: .*\.\. leaves the project/],
    ['handlers: { join: [x] }', /^serfnode\.yml:1:19: .*found a list/],
    ['handlers: { join: { timeout: 1s } }', /^serfnode\.yml:1:19: .*no "file"/],
    ['handlers: { join: { file: x, timeout: 1ms } }', /^serfnode\.yml:1:39: .*at least 100ms/],
    ['handlers: { join: { file: x, concurrency: 17 } }', /1:43: .*from 1 to 16/],
    ['handlers: { join: { file: x, nice: 1 } }', /1:30: .*unknown key "nice"/],
    ['handlers: [x]', /^serfnode\.yml:1:11: .*a map from events to files/],
    [
      'handlers: { join: { file: x, timeout: 1s }, leave: { file: x, timeout: 2s } }',
      /timeout of "x" is said twice, and differently/,
    ],
  ]
  for (const [text, problem] of wrong) {
    test(`are refused with their place: ${JSON.stringify(text)}`, async () => {
      const problems = await problemsOf(text)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', problem)
    })
  }

  test('name files that are there', async () => {
    const file = { path: '/app/serfnode.yml', text: 'handlers: { join: ./x, leave: ./y }' }
    const isFile = async (path: string) => path === '/app/x'
    await assert.rejects(loadSettings({ file, readFile: async () => '', isFile }), {
      message: '/app/serfnode.yml:1:31: handlers.leave: found no file "./y"',
    })
  })
})
