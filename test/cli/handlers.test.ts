import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { mayCopy } from '../../src/cli/build/dockerfile.ts'
import { planHandlers } from '../../src/cli/build/plan-handlers.ts'
import { readProject } from '../../src/config/project.ts'
import { serfnode } from './harness.ts'

const folders: string[] = []
after(() => Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true }))))

const project = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'sntest-handlers-'))
  folders.push(dir)
  for (const [name, text] of Object.entries({ 'serfnode.yml': '', ...files })) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
    await chmod(join(dir, name), text.startsWith('#!') ? 0o755 : 0o644)
  }
  return dir
}

const plan = async (files: Readonly<Record<string, string>>, dockerfile?: string) => {
  const dir = await project(files)
  return planHandlers(dir, (await readProject(dir)).handlers, dockerfile)
}

const MODULE = `import type { Handlers } from 'serfnode'
import { words } from './_words.ts'
export default { 'user:a'(event) { console.log(words, event.text) } } satisfies Handlers
`

describe('the handlers of a project that is built', () => {
  test('are the files of the folder and those of the YAML; modules are bundled', async () => {
    const { files, modules, bundles, warnings } = await plan({
      'serfnode.yml': 'handlers: { "user:b": ./b.sh, "user:c": ./c.ts }',
      'b.sh': '#!/bin/sh',
      'c.ts': "export default { 'user:c'() {} }",
      'handlers/old.cjs': "module.exports = { 'user:old'() {} }",
      'handlers/a.ts': MODULE,
      'handlers/_words.ts': 'export const words: string = "imported words"',
      'handlers/query.load.sh': '#!/bin/sh',
      'handlers/user.js.js': '#!/usr/bin/env node\n',
      'handlers/README.md': '',
    })
    assert.deepEqual(files, [
      ...['b.sh', 'c.ts', 'handlers/a.ts', 'handlers/old.cjs', 'handlers/query.load.sh'],
      'handlers/user.js.js',
    ])
    assert.deepEqual(modules, ['c.ts', 'handlers/a.ts', 'handlers/old.cjs'])
    assert.deepEqual(
      Object.keys(bundles),
      modules.map((file) => `${file}.bundle.mjs`),
    )
    assert.match(bundles['handlers/a.ts.bundle.mjs'] ?? '', /imported words/)
    assert.deepEqual(warnings, [])
  })

  test('that are links out of their folder are pointed out', async () => {
    const dir = await project({
      'shared.sh': '#!/bin/sh',
      'handlers/_shared.sh': '#!/bin/sh',
    })
    await symlink('../shared.sh', join(dir, 'handlers/user.a.sh'))
    await symlink('_shared.sh', join(dir, 'handlers/user.b.sh'))
    const { warnings } = await planHandlers(dir, [], undefined)
    assert.deepEqual(warnings, [
      'handler user.a.sh is a link: what it points to has to be in the image too',
    ])
  })

  test('are refused with the place of what is wrong in them', async () => {
    const problems = async (text: string): Promise<string[]> => {
      const dir = await project({ 'handlers/a.ts': text })
      const { code, stderr } = await serfnode(['build', dir, '-t', 'sntest-never'], {
        docker: () => assert.fail('nothing is built'),
      })
      assert.equal(code, 2)
      return stderr.trim().split('\n')
    }
    assert.deepEqual(await problems("import './nope.ts'\nexport default {}"), [
      'handlers/a.ts:1:8: Could not resolve "./nope.ts"',
    ])
    assert.deepEqual(await problems('export default { \n'), [
      'handlers/a.ts:2:1: Expected identifier but found end of file',
    ])
    assert.match((await problems('export const a = 1\n'))[0] ?? '', /^handlers\/a\.ts: exports no/)
    const [type, key] = await problems(
      "import type { Handlers } from 'serfnode'\nexport default {\n  'user:a'(event) { event.txt },\n  'usr:b'() {},\n} satisfies Handlers\n",
    )
    assert.match(type ?? '', /^handlers\/a\.ts:3:27: TS2551: Property 'txt' does not exist.*'text'/)
    assert.match(key ?? '', /^handlers\/a\.ts:4:3: TS2353: .*'usr:b'/)
  })

  test('are warned of when the node would not run them', async () => {
    const { warnings } = await plan(
      { 'handlers/user.a.sh': 'echo', 'handlers/deploy.sh': '#!/bin/sh' },
      'FROM serfnode\nCOPY serfnode.yml /serfnode.yml\n',
    )
    assert.equal(warnings.length, 3)
    assert.match(warnings.join('\n'), /deploy\.sh is not run: its name says no event/)
    assert.match(warnings.join('\n'), /user\.a\.sh is not run: it is not executable: chmod a\+x/)
    assert.match(warnings.join('\n'), /add COPY handlers \/handlers/)
  })

  test('go along when the YAML names them, also those that are not run', async () => {
    const { files, warnings } = await plan({
      'serfnode.yml': 'handlers: { "user:b": ./b.sh }',
      'b.sh': 'echo',
    })
    assert.deepEqual(files, ['b.sh'])
    assert.match(warnings.join('\n'), /b\.sh is not run: it is not executable/)
  })

  test('are seen in a Dockerfile that copies them', () => {
    for (const line of [
      ...[
        'COPY handlers /handlers',
        'COPY ["handlers/", "/handlers/"]',
        'ADD ./handlers/ /handlers/',
      ],
      ...['COPY . /', 'COPY ["./", "/"]', 'copy --chown=0:0 a handlers /'],
    ]) {
      assert.ok(mayCopy(`FROM x\n${line}\n`, 'handlers'), line)
    }
    for (const line of ['COPY serfnode.yml /', '# COPY handlers /handlers', 'RUN ls handlers']) {
      assert.equal(mayCopy(`FROM x\n${line}\n`, 'handlers'), false, line)
    }
  })
})

describe('serfnode handlers', () => {
  test('shows what the agent wrote, and says when there is nothing', async () => {
    const runDir = await project({
      'handlers.json': JSON.stringify([
        {
          ...{ name: 'deploy.sh', kind: 'executable', file: '/handlers/deploy.sh' },
          ...{ events: ['user:deploy'], state: 'broken', runs: 12, failures: 5, timeouts: 1 },
          ...{ dropped: 2, refused: 3, queue: 4, running: 0, breaker: 'open' },
          ...{ p50_ms: 3.21, p95_ms: 412.6 },
          last_error: { time: '2026-01-01T00:00:00.000Z', message: 'exit 1: \u001b[31mno' },
        },
      ]),
    })
    const { stdout } = await serfnode(['handlers'], { inNode: true, runDir, columns: 200 })
    assert.match(stdout, /^NAME +HEARS +STATE +RUNS +FAILED +QUEUE +LOST +P50 +P95 +LAST ERROR\n/)
    assert.match(stdout, /deploy\.sh +user:deploy +broken +12 +5 +4 +5 +3\.2 ms +413 ms +2026/)
    assert.ok(!stdout.includes('\u001b'))
    const empty = await project({ 'handlers.json': '[]' })
    const none = await serfnode(['handlers'], { inNode: true, runDir: empty })
    assert.deepEqual([none.code, none.stdout], [0, ''])
    assert.match(none.stderr, /^no handlers: /)
    const missing = await serfnode(['handlers'], { inNode: true, runDir: '/nowhere' })
    assert.equal(missing.code, 1)
  })
})
