import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { DIST, ROOT } from './paths.ts'

/** The version in package.json. */
export const readVersion = async (): Promise<string> =>
  JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version

// CommonJS has no import.meta.
const BANNER = "const __url = require('node:url').pathToFileURL(__filename).href;"

/**
 * Bundles agent and CLI, dependencies included, into one file each: dist/agent.cjs, dist/cli.cjs.
 * As ES modules they would need 11 MB more: importing `node:http` reads all its exports, and one of
 * them loads a WebSocket client.
 */
export const bundle = async (): Promise<void> => {
  for (const name of ['agent', 'cli']) {
    await build({
      entryPoints: [join(ROOT, 'src', name, 'main.ts')],
      outfile: join(DIST, `${name}.cjs`),
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
      logLevel: 'silent',
    })
  }
}
