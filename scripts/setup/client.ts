import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { DIST, ROOT } from './paths.ts'

const SOURCE = join(ROOT, 'src/client/index.ts')

/** Makes what `import ... from 'serfnode'` needs outside a checkout: one module, and its types. */
export const buildClient = async (into = join(DIST, 'client')): Promise<void> => {
  await build({
    entryPoints: [SOURCE],
    outfile: join(into, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  })
  const require = createRequire(import.meta.url)
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
  const how = ['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--types', 'node']
  const language = ['--module', 'nodenext', '--target', 'es2023', '--strict']
  const imports = ['--rewriteRelativeImportExtensions', '--outDir', into]
  await promisify(execFile)(process.execPath, [compiler, SOURCE, ...how, ...language, ...imports], {
    cwd: ROOT,
    timeout: 120_000,
  })
}
