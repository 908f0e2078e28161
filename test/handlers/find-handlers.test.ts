import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { findHandlers } from '../../src/handlers/find-handlers.ts'

describe('the handlers of a folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sntest-find-'))
  after(() => rmSync(dir, { recursive: true, force: true }))
  const put = (name: string, text: string, mode: number): void => {
    writeFileSync(join(dir, name), text)
    chmodSync(join(dir, name), mode)
  }

  test('are found by name and kind; what cannot be run is said', async () => {
    put('member-join.sh', '#!/bin/sh', 0o755)
    put('user.deploy', '\x7fELF', 0o755)
    put('any.ts', '', 0o644)
    put('any.ts.bundle.mjs', '', 0o644)
    put('user.tool.js', '#!/usr/bin/env node', 0o755)
    put('query.module.js', '', 0o755)
    put('_shared.ts', '', 0o644)
    put('types.d.ts', '', 0o644)
    put('README.md', '', 0o644)
    put('.hidden.sh', '', 0o755)
    put('user.plain.sh', '', 0o644)
    put('user.mine.sh', '', 0o700)
    put('closed.ts', '', 0o600)
    put('deploy.sh', '#!/bin/sh', 0o755)
    mkdirSync(join(dir, 'user.folder.sh'))
    const { specs, warnings } = await findHandlers(dir)
    assert.deepEqual(
      specs.map(({ name, kind, events }) => [name, kind, ...events]),
      [
        ['any.ts', 'module', '*'],
        ['member-join.sh', 'executable', 'member-join'],
        ['query.module.js', 'module', '*'],
        ['user.deploy', 'executable', 'user:deploy'],
        ['user.tool.js', 'executable', 'user:tool'],
      ],
    )
    assert.deepEqual(
      warnings.map((line) => line.replace(/handler (\S+) is not run: /, '$1 ').slice(0, 45)),
      [
        'closed.ts only its owner may read it: chmod a',
        'deploy.sh its name says no event: expected as',
        'user.mine.sh only its owner may read it: chmo',
        'user.plain.sh it is not executable: chmod a+x',
      ],
    )
  })

  test('are run as serfnode.yml says where it names them', async () => {
    const file = join(dir, 'any.ts')
    const { specs } = await findHandlers(dir, [
      {
        name: 'any.ts',
        file,
        events: ['user:a'],
        timeoutMs: 5,
        concurrency: 2,
        dockerSocket: true,
      },
      { name: './nope', file: '/nope', events: ['*'] },
    ])
    assert.deepEqual(specs[0], {
      name: 'any.ts',
      file,
      kind: 'module',
      events: ['user:a'],
      timeoutMs: 5,
      concurrency: 2,
      dockerSocket: true,
    })
    assert.equal(specs.filter((spec) => spec.file === file).length, 1)
  })

  test('have a name of their own beside those of serfnode.yml', async () => {
    const written = { name: 'any.ts', file: join(dir, 'user.deploy'), events: ['*'] }
    const { specs } = await findHandlers(dir, [written])
    assert.deepEqual(
      specs.map(({ name }) => name).filter((name) => name.includes('any')),
      ['any.ts', `${basename(dir)}/any.ts`],
    )
  })

  test('are left out with a word when there are no more uids for them', async () => {
    const file = join(dir, 'user.deploy')
    const written = Array.from({ length: 57 }, (_, at) => ({
      name: `h${at}`,
      file,
      events: ['*'],
      concurrency: 16,
    }))
    const { specs, warnings } = await findHandlers('/nowhere', written)
    assert.equal(specs.length, 56)
    assert.deepEqual(warnings, ['handler h56 is not run: all together may have 900 runs at once'])
  })

  test('are none where a file has the name of their folder, which is said', async () => {
    const { warnings } = await findHandlers(join(dir, 'user.deploy'))
    assert.match(warnings.join(), /handlers in user.deploy\/ are not run: .*not a directory/)
  })

  test('are none where there is no folder', async () => {
    assert.deepEqual(await findHandlers('/nowhere'), { specs: [], warnings: [] })
  })
})
