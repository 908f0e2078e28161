// Runs a script of this project from a bare clone: checks Node, installs what package-lock.json
// pins when that is missing or out of date, then starts the script through tsx. Plain JavaScript
// without dependencies, since it runs before there are any.
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 6)) {
  console.error(`Node.js 20.6 or newer is needed, this is ${process.versions.node}.`)
  process.exit(1)
}

const modifiedMs = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs
// npm writes package-lock.json a moment after the list of what it installed.
const slackMs = 10_000
const installedMs = modifiedMs('node_modules/.package-lock.json')
const outdated =
  installedMs === undefined || installedMs + slackMs < (modifiedMs('package-lock.json') ?? 0)

const run = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
    // A terminal sends Ctrl-C to both; the child decides when to end.
    const forward = (signal) => child.kill(signal)
    const ignore = () => {}
    process.on('SIGTERM', forward).on('SIGINT', ignore)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      process.off('SIGTERM', forward).off('SIGINT', ignore)
      resolve(signal ? 130 : code)
    })
  })

if (outdated) {
  console.log('Dependencies: npm ci (package-lock.json is newer than node_modules)')
  const started = Date.now()
  const code = await run('npm', ['ci', '--no-fund', '--no-audit'])
  if (code !== 0) {
    console.error('npm ci failed; what it said stands above.')
    process.exit(code)
  }
  console.log(`Dependencies: done (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}

const [script, ...args] = process.argv.slice(2)
if (script === undefined) {
  console.error('usage: node scripts/with-deps.mjs SCRIPT.ts [argument...]')
  process.exit(2)
}
process.exitCode = await run(process.execPath, ['--import', 'tsx', join(root, script), ...args])
