import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { DIST, ROOT } from './paths.ts'

/** The version in package.json. */
export const readVersion = async (): Promise<string> =>
  JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version

// CommonJS has no import.meta.
const BANNER = "const __url = require('node:url').pathToFileURL(__filename).href;"

/** What the image runs, by the folder of its main.ts. */
export const BUNDLES = { agent: 'agent', cli: 'cli', 'module-host': 'handlers/module-host' }

/**
 * Bundles each, dependencies included, into one file: dist/agent.cjs, dist/cli.cjs and so on.
 * As ES modules they would need 11 MB more: importing `node:http` reads all its exports, and one of
 * them loads a WebSocket client.
 */
export const bundle = async (into = DIST): Promise<void> => {
  for (const [name, folder] of Object.entries(BUNDLES)) {
    await build({
      entryPoints: [join(ROOT, 'src', folder, 'main.ts')],
      outfile: join(into, `${name}.cjs`),
      absWorkingDir: ROOT,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      minify: true,
      keepNames: true,
      // The licences of what is bundled ask for it.
      legalComments: 'eof',
      banner: { js: BANNER },
      define: { 'import.meta.url': '__url' },
      // Where they are there, `serfnode build` bundles handlers with it.
      external: ['esbuild'],
      logLevel: 'silent',
    })
  }
}
