import { join, relative } from 'node:path'
import { ConfigError, type Problem } from '../../config/config-error.ts'
import { BUNDLE_ENDING } from '../../handlers/bundle-ending.ts'
import { ownTypes } from './own-types.ts'

type Esbuild = typeof import('esbuild')

/** Undefined where it is not installed, as in the image. */
const findEsbuild = async (): Promise<Esbuild | undefined> => {
  try {
    return await import('esbuild')
  } catch {
    return undefined
  }
}

// What a module takes from packages in CommonJS may ask for Node's own by `require`.
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

const NO_DEFAULT =
  "exports no handlers: expected export default { 'user:deploy'(event, node) {} }; begin its name with _ when it is none"

/**
 * Each module of the project in `dir` as one file with all that it imports, by the path beside it;
 * undefined when there is no bundler here. Throws ConfigError with the places of what is wrong.
 */
export const bundleModules = async (
  dir: string,
  modules: readonly string[],
): Promise<Record<string, string> | undefined> => {
  const esbuild = await findEsbuild()
  if (!esbuild) return undefined
  const types = ownTypes()
  const bundles: Record<string, string> = {}
  const problems: Problem[] = []
  for (const module of modules) {
    const target = `${module}${BUNDLE_ENDING}`
    try {
      const { outputFiles, metafile } = await esbuild.build({
        entryPoints: [join(dir, module)],
        outfile: join(dir, target),
        absWorkingDir: dir,
        write: false,
        metafile: true,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node24',
        // Errors then tell the place in the source.
        sourcemap: 'inline',
        sourcesContent: false,
        banner: { js: BANNER },
        ...(types !== undefined && { alias: { serfnode: types } }),
        logLevel: 'silent',
      })
      bundles[target] = outputFiles[0]?.text ?? ''
      const exported = Object.values(metafile.outputs).flatMap((output) => output.exports)
      if (!exported.includes('default')) problems.push({ file: module, message: NO_DEFAULT })
    } catch (error) {
      problems.push(...problemsOf(error, dir))
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return bundles
}

type Found = { text: string; location: { file: string; line: number; column: number } | null }

const problemsOf = (error: unknown, dir: string): Problem[] => {
  const { errors } = error as { errors?: Found[] }
  if (!errors) throw error
  return errors.map(({ text, location }) => ({
    file: location ? relative(dir, join(dir, location.file)) : 'handlers',
    ...(location && { line: location.line, column: location.column + 1 }),
    message: text,
  }))
}
