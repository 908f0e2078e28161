import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { ConfigError, type Problem } from '../../config/config-error.ts'
import { ownTypes } from './own-types.ts'

const CHECK_MS = 120_000

/**
 * Checks the types of a project's modules in TypeScript. False when there is no compiler here.
 * Throws ConfigError with the places of what is wrong.
 */
export const checkTypes = async (dir: string, modules: readonly string[]): Promise<boolean> => {
  const files = modules.filter((file) => /\.[mc]?ts$/.test(file))
  if (files.length === 0) return true
  const tools = findTools(dir)
  if (!tools) return false
  const folder = await mkdtemp(join(tmpdir(), 'serfnode-types-'))
  try {
    const config = join(folder, 'tsconfig.json')
    await writeFile(config, JSON.stringify(configFor(dir, files, tools)))
    const problems = problemsIn(await compile(tools.compiler, config, dir), dir)
    if (problems.length > 0) throw new ConfigError(problems)
    return true
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Tools = { compiler: string; typeRoots: string[] }

/** Those of the project, else our own. */
const findTools = (dir: string): Tools | undefined => {
  for (const from of [join(dir, 'package.json'), import.meta.url]) {
    const require = createRequire(from)
    try {
      const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc')
      const node = dirname(require.resolve('@types/node/package.json'))
      if (existsSync(compiler)) return { compiler, typeRoots: [dirname(node)] }
    } catch {
      // Not installed there.
    }
  }
  return undefined
}

const configFor = (dir: string, files: readonly string[], { typeRoots }: Tools) => {
  const own = join(dir, 'tsconfig.json')
  const types = ownTypes()
  return {
    ...(existsSync(own) && { extends: own }),
    compilerOptions: {
      target: 'es2023',
      lib: ['es2023'],
      module: 'esnext',
      moduleResolution: 'bundler',
      strict: true,
      // The same source has to run without a bundler, which takes nothing out but types.
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      noEmit: true,
      composite: false,
      incremental: false,
      typeRoots,
      types: ['node'],
      ...(types !== undefined && { paths: { serfnode: [types] } }),
    },
    include: [],
    files: files.map((file) => join(dir, file)),
  }
}

const compile = (compiler: string, config: string, cwd: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const args = [compiler, '--pretty', 'false', '-p', config]
    const options = { cwd, timeout: CHECK_MS, maxBuffer: 16 * 1024 * 1024 }
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      // It ends with 1 or 2 when it has found something.
      if (error && (typeof error.code !== 'number' || stdout === '')) {
        reject(new Error(`check the types: ${stderr || error.message}`, { cause: error }))
      } else resolve(stdout)
    })
  })

const problemsIn = (output: string, dir: string): Problem[] =>
  output.split('\n').flatMap((line): Problem[] => {
    const [, file, row, column, message = ''] =
      /^(.+?)\((\d+),(\d+)\): error (.*)$/.exec(line) ?? []
    if (file !== undefined) {
      const shown = relative(dir, resolve(dir, file))
      return [{ file: shown, line: Number(row), column: Number(column), message }]
    }
    const [, general] = /^error (.*)$/.exec(line) ?? []
    return general === undefined ? [] : [{ file: 'handlers', message: general }]
  })
