import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../../src/config/config-error.ts'
import { readProject } from '../../src/config/project.ts'

const projectOf = async (t: TestContext, files: Record<string, string | Buffer>) => {
  const folder = await mkdtemp(join(tmpdir(), 'sntest-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

describe('a project', () => {
  test('tells its ports, the files that it needs and its children in order', async (t) => {
    const text = `
serfnode: {role: shop, ports: [9000]}
children:
  web: {image: a, links: [db], ports: ["8080:80", "54:54/udp"], env_file: web.env}
  db: {image: b, expose: [3306], env_file: /run/secrets/db.env, environment: [PASSWORD]}`
    const folder = await projectOf(t, { 'serfnode.yml': text, 'web.env': 'A=1\nB' })
    const project = await readProject(folder)
    assert.equal(project.role, 'shop')
    assert.deepEqual(
      project.children.map(({ name, environment }) => [name, environment]),
      [
        ['db', {}],
        ['web', { A: '1' }],
      ],
    )
    assert.deepEqual(project.expose, ['54/udp', '80/tcp', '3306/tcp', '9000/tcp'])
    assert.deepEqual(project.files, [join(folder, 'web.env')])
    assert.deepEqual(project.warnings, [])
  })

  test('is not influenced by the environment of the command', async (t) => {
    const folder = await projectOf(t, { 'serfnode.yml': 'serfnode: {role: shop}' })
    process.env['ROLE'] = 'other'
    t.after(() => delete process.env['ROLE'])
    assert.equal((await readProject(folder)).role, 'shop')
  })

  const wrong: [string, Record<string, string | Buffer>, string][] = [
    ['without the file', {}, 'no such file; "serfnode init" writes one'],
    [
      'with the file under another name',
      { 'serfnode.yaml': '' },
      'no such file; rename serfnode.yaml to serfnode.yml',
    ],
    [
      'with a file in Latin-1',
      { 'serfnode.yml': Buffer.from('serfnode: {role: caf\xe9}', 'latin1') },
      '1:21: found bytes that are no UTF-8; save the file as UTF-8',
    ],
    [
      'with a file in UTF-16',
      { 'serfnode.yml': Buffer.from('\ufeffserfnode:', 'utf16le') },
      '1:1: found bytes that are no UTF-8; save the file as UTF-8',
    ],
    [
      'without its env_file',
      { 'serfnode.yml': 'children: {web: {image: a, env_file: x.env}}' },
      '1:38: children.web.env_file: cannot read ',
    ],
  ]
  for (const [what, files, message] of wrong) {
    test(`${what} is refused`, async (t) => {
      const folder = await projectOf(t, files)
      const error = await readProject(folder).catch((caught: unknown) => caught)
      assert.ok(error instanceof ConfigError, String(error))
      const start = join(folder, 'serfnode.yml:')
      assert.ok(error.message.startsWith(start), error.message)
      assert.ok(error.message.slice(start.length).trim().startsWith(message), error.message)
    })
  }
})

test('the project that "serfnode init" writes is right as it stands', async () => {
  const here = dirname(fileURLToPath(import.meta.url))
  const project = await readProject(join(here, '../../templates'))
  assert.deepEqual(project.warnings, [])
  assert.deepEqual(project.expose, ['80/tcp'])
  assert.equal(project.role, 'web')
})
