import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { DIST, ROOT } from './paths.ts'

/** The version in package.json. */
export const readVersion = async (): Promise<string> =>
  JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version

// Dependencies in CommonJS call require, which an ES module lacks.
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

/** Bundles agent and CLI, dependencies included, into one file each: dist/agent.mjs, dist/cli.mjs. */
export const bundle = async (): Promise<void> => {
  for (const name of ['agent', 'cli']) {
    await build({
      entryPoints: [join(ROOT, 'src', name, 'main.ts')],
      outfile: join(DIST, `${name}.mjs`),
      absWorkingDir: ROOT,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minify: true,
      keepNames: true,
      // The licences of what is bundled ask for it.
      legalComments: 'eof',
      banner: { js: BANNER },
      logLevel: 'silent',
    })
  }
}
