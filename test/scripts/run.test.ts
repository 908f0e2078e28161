import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SetupError } from '../../scripts/setup/errors.ts'
import { attempt, run } from '../../scripts/setup/run.ts'

const node = (code: string) => ['-e', code]

describe('running a program', () => {
  test('gives its output, and each line as it comes', async () => {
    const seen: string[] = []
    const code = 'console.log("one"); console.error("two"); process.stdout.write("three\\n")'
    const out = await run(process.execPath, node(code), { onLine: (line) => seen.push(line) })
    assert.equal(out, 'one\nthree\n')
    assert.deepEqual(seen.sort(), ['one', 'three', 'two'])
  })

  test('fails with its last lines when it does', async () => {
    const code = 'console.error("no such thing"); process.exit(3)'
    await assert.rejects(run(process.execPath, node(code)), (error) => {
      assert.ok(error instanceof SetupError)
      assert.equal(error.code, 'command_failed')
      assert.match(error.message, /exit 3\nno such thing/)
      return true
    })
  })

  test('ends it at its deadline', async () => {
    const endless = node('setInterval(() => {}, 1e6)')
    await assert.rejects(run(process.execPath, endless, { timeoutMs: 300 }), /not done after 0.3 s/)
  })

  test('ends it when the whole is aborted, before or after it has begun', async () => {
    const endless = node('setInterval(() => {}, 1e6)')
    for (const signal of [AbortSignal.abort(), AbortSignal.timeout(200)]) {
      await assert.rejects(run(process.execPath, endless, { signal }), /abort/i)
    }
  })

  test('says that a program is not there', async () => {
    await assert.rejects(attempt('no-such-program-at-all', []), /is it installed/)
  })

  test('takes input that nobody reads', async () => {
    const input = 'x'.repeat(1_000_000)
    assert.equal((await attempt(process.execPath, node(''), { input })).code, 0)
  })
})
