import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const CELL = join(import.meta.dirname, '../../src/handlers/cell.ts')

/** Takes all file descriptors but a few, then starts something in a cell. */
const PROGRAM = `
import { closeSync, openSync } from 'node:fs'
import { createCell } from ${JSON.stringify(CELL)}
const cell = createCell({ uid: 1, gid: 1, groups: [], dir: '/', env: {} })
const open = []
try { for (;;) open.push(openSync('/dev/null')) } catch {}
for (const one of open.splice(0, 3)) closeSync(one)
const { pid } = cell.start(['true'], { env: {} })
await cell.kill()
process.on('exit', () => console.log(pid === undefined ? 'no process' : 'a process'))`

test('a cell that cannot be started for want of descriptors leaves the agent alive', async () => {
  const node = [process.execPath, '--import', import.meta.resolve('tsx')]
  const { stdout } = await promisify(execFile)('/bin/sh', [
    ...['-c', 'ulimit -n 64; exec "$@"', 'sh'],
    ...[...node, '--input-type=module', '-e', PROGRAM],
  ])
  assert.equal(stdout, 'no process\n')
})
