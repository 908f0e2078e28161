import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildClient } from '../../scripts/setup/client.ts'
import { ROOT } from '../../scripts/setup/paths.ts'

const PACKAGE = {
  name: 'serfnode',
  type: 'module',
  exports: { '.': { types: './dist/client/index.d.ts', default: './dist/client/index.js' } },
}

const USE = `import { connect, type Handlers } from 'serfnode'
const node = connect({ baseUrl: 'http://127.0.0.1:1' })
export const names = async (): Promise<string[]> => (await node.members()).map(({ name }) => name)
export default { 'user:deploy': async (event, me) => me.raise(event.name) } satisfies Handlers
`

test("the built package gives other people's programs connect() and its types", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sntest-client-'))
  try {
    const own = join(folder, 'node_modules/serfnode')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'package.json'), JSON.stringify(PACKAGE))
    await buildClient(join(own, 'dist/client'))
    const check = (text: string): string => {
      writeFileSync(join(folder, 'use.ts'), text)
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
      const roots = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node']
      const how = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', ...roots]
      const args = [compiler, 'use.ts', '--module', 'nodenext', ...how]
      try {
        return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
      } catch (error) {
        return String((error as { stdout: string }).stdout)
      }
    }
    assert.equal(check(USE), '')
    assert.match(check(USE.replace('Promise<string[]>', 'Promise<number[]>')), /TS2322/)
    const run = "const { connect } = await import('serfnode'); console.log(typeof connect().watch)"
    const options = { cwd: folder, encoding: 'utf8' } as const
    const args = ['--input-type=module', '-e', run]
    assert.equal(execFileSync(process.execPath, args, options), 'function\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
