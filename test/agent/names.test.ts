import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeBoot, nameOf } from '../../src/agent/boot.ts'
import { isMemberName, isName, isRole } from '../../src/catalog/fields.ts'
import { loadSettings } from '../../src/config/load-settings.ts'

const TRIED = [
  ...[
    'web',
    'a b',
    'no_role',
    'web-1',
    'a.b',
    '-a',
    'a-',
    'a..b',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'db.localhost',
    'localhost.db',
    'ip6-loopback',
    '__proto__',
    'é',
    '☃',
  ],
  ...['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), '10', 'a\tb', '<b>', '$(x)', "a'b"],
]

const accepted = async (env: Record<string, string>) =>
  loadSettings({ env, readFile: async () => '' }).then(
    ({ settings }) => settings,
    () => undefined,
  )

describe('what a node may be called', () => {
  test('a role or name that the settings take is one that the other members take', async () => {
    let taken = 0
    for (const text of TRIED) {
      const role = (await accepted({ ROLE: text }))?.role
      const name = (await accepted({ NODE_NAME: text }))?.node_name
      if (role !== undefined) assert.ok(isRole(role), `role ${role}`)
      if (name !== undefined) assert.ok(isName(name), `name ${name}`)
      if (role !== undefined) taken++
      if (name !== undefined) taken++
    }
    assert.ok(taken > 15)
  })

  test('any role makes a name, and the name a member name, that the others take', async () => {
    for (const text of TRIED) {
      const role = (await accepted({ ROLE: text }))?.role
      if (role === undefined) continue
      const name = nameOf(role, 'abcdef0123456789')
      assert.ok(isName(name), `${name} of ${role}`)
      const facts = { name, role, cluster: 'c', serf_ip: '10.0.0.1', serf_port: 1, rpc_port: 2 }
      assert.ok(isMemberName(makeBoot(facts, 0).id))
    }
  })
})
