import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { sortIntoRings } from '../../scripts/test/rings.ts'
import type { FileResult } from '../../scripts/test/run-file.ts'
import { type Container, ofTests } from '../../scripts/test/sweep.ts'

const RUN_FILE = resolve(import.meta.dirname, '../../scripts/test/run-file.ts')

describe('a test file that is run', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sntest-runner-'))
  })
  after(() => rm(folder, { recursive: true }))

  /** In a process of its own: node:test does not run files from within a test. */
  const runText = async (text: string, timeoutMs = 20_000): Promise<FileResult> => {
    const file = join(folder, 'some.test.mjs')
    const imports = "import { describe, test, before } from 'node:test'\n"
    await writeFile(file, imports + text)
    const script = `
      const { runTestFile } = await import('${RUN_FILE}')
      const signal = new AbortController().signal
      const result = await runTestFile('${file}', { timeoutMs: ${timeoutMs}, signal })
      console.log(JSON.stringify(result))`
    const program = join(folder, 'run.mjs')
    await writeFile(program, script)
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const args = ['--import', import.meta.resolve('tsx'), program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env })
    return JSON.parse(stdout)
  }

  test('counts its tests, and not the suites around them', async () => {
    const result = await runText(`
      describe('outer', () => { describe('inner', () => { test('a', () => {}); test('b', () => {}) }) })
      test('later', { skip: true }, () => {})`)
    assert.equal(result.passed, 2)
    assert.deepEqual(result.skipped, ['later'])
    assert.deepEqual(result.failures, [])
  })

  test('shows a failure with the suites it stands in, its message and what was printed', async () => {
    const result = await runText(`
      describe('outer', () => { test('breaks', () => { console.log('a hint'); throw new Error('so') }) })
      test('works', () => {})`)
    assert.equal(result.passed, 1)
    assert.equal(result.failures.length, 1)
    assert.equal(result.failures[0]?.title, 'outer > breaks')
    assert.match(result.failures[0]?.detail ?? '', /Error: so/)
    assert.match(result.output, /a hint/)
  })

  const broken: Record<string, string> = {
    'has no test': '',
    'fails before its tests':
      "describe('s', () => { before(() => { throw new Error('no') }); test('t', () => {}) })",
    'cannot be loaded': "import './not-there.mjs'",
    'ends too early': "test('t', () => process.exit(0))",
    'ends by a signal': "test('t', () => process.kill(process.pid, 'SIGKILL'))",
    'fails outside of its tests':
      "test('t', () => {}); setTimeout(() => { throw new Error('late') }, 50)",
  }
  for (const [what, text] of Object.entries(broken)) {
    test(`is a failure when it ${what}`, async () => {
      const result = await runText(text)
      assert.ok(result.failures.length > 0, JSON.stringify(result))
    })
  }

  test('is a failure when it does not end', async () => {
    const text = "test('t', () => new Promise(() => setInterval(() => {}, 1e6)))"
    const result = await runText(text, 1_500)
    assert.ok(result.failures.length > 0, JSON.stringify(result))
    assert.ok(result.ms < 10_000)
  })
})

describe('the rings', () => {
  test('go from quick to slow and take each file once', () => {
    const files = [
      'test/e2e/a-story.test.ts',
      'test/docker/engine.test.ts',
      'test/serf/codec.test.ts',
      'test/serf/real-pair.test.ts',
      'test/new/thing.test.ts',
    ]
    const sorted = sortIntoRings(files).map(({ ring, files: inRing }) => [ring.name, inRing])
    assert.deepEqual(sorted, [
      ['pure and wire', ['test/serf/codec.test.ts', 'test/new/thing.test.ts']],
      ['real serf', ['test/serf/real-pair.test.ts']],
      ['real Docker', ['test/docker/engine.test.ts']],
      ['end to end', ['test/e2e/a-story.test.ts']],
    ])
  })
})

describe('the sweep', () => {
  test('takes what tests started and what that started, and nothing else', () => {
    const container = (id: string, more: Partial<Container>): Container => ({
      ...{ id, isTest: false, node: '', owner: '', cluster: '' },
      ...more,
    })
    const swept = ofTests([
      container('node', { isTest: true }),
      container('child', { owner: 'node', node: 'a', cluster: 'default' }),
      container('orphan', { owner: 'gone', node: 'sntest-a', cluster: 'default' }),
      container('helper', { cluster: 'sntest-b' }),
      container('demo', { owner: 'x', node: 'web1', cluster: 'demo' }),
      container('database', {}),
    ])
    assert.deepEqual(
      swept.map(({ id }) => id),
      ['node', 'child', 'orphan', 'helper'],
    )
  })
})
