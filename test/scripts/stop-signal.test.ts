import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, describe, test } from 'node:test'
import { ROOT } from '../../scripts/setup/paths.ts'
import { eventually } from '../support/eventually.ts'

/** Needs a moment to take back what it has begun, or, told so, never comes to it. */
const SCRIPT = `
import { stopSignal } from '${join(ROOT, 'scripts/setup/stop-signal.ts')}'
const hold = setInterval(() => {}, 1e6)
stopSignal().addEventListener('abort', () => {
  console.log('stopping')
  if (process.argv[2] === 'hang') return
  setTimeout(() => { console.log('clean'); clearInterval(hold) }, 300)
})
console.log('began')
`

describe('a script that is asked to stop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stop-signal-'))
  const path = join(folder, 'script.ts')
  writeFileSync(path, SCRIPT)
  const groups: number[] = []
  const kill = (group: number, signal: NodeJS.Signals): void => {
    try {
      process.kill(group, signal)
    } catch {
      // It has ended.
    }
  }
  after(() => {
    for (const group of groups) kill(group, 'SIGKILL')
    rmSync(folder, { recursive: true })
  })

  /** In a process group of its own, as `timeout` and shells start it. */
  const begin = async (...args: string[]) => {
    const command = [join(ROOT, 'scripts/with-deps.mjs'), relative(ROOT, path), ...args]
    const child = spawn(process.execPath, command, {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const group = -(child.pid ?? 0)
    groups.push(group)
    let said = ''
    child.stdout.on('data', (data) => {
      said += data
    })
    const untilSaid = (what: RegExp) =>
      eventually(() => assert.match(said, what), { within: 20_000 })
    await untilSaid(/began/)
    return { group, untilSaid, ended: once(child, 'close'), said: () => said }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`by ${signal} to all of its process group takes back what it has begun`, async () => {
      const script = await begin()
      kill(script.group, signal)
      assert.deepEqual(await script.ended, [0, null])
      assert.equal(script.said(), 'began\nstopping\nclean\n')
    })
  }

  test('and asked again, later, ends at once', async () => {
    const script = await begin('hang')
    kill(script.group, 'SIGTERM')
    await script.untilSaid(/stopping/)
    // Until then the second one counts as the first.
    const again = setInterval(() => kill(script.group, 'SIGTERM'), 200)
    try {
      assert.deepEqual(await script.ended, [130, null])
    } finally {
      clearInterval(again)
    }
  })
})
