import { posix } from 'node:path'
import type { WrittenChild } from './child-keys.ts'
import { parseEnvFile } from './env-file.ts'
import type { Environment } from './environment.ts'
import type { Pair } from './pairs.ts'
import type { At } from './shape.ts'
import { reading } from './text-file.ts'
import { report, type Value, warn } from './yaml-value.ts'

export type Surroundings = {
  /** The folder of serfnode.yml. */
  folder: string
  /** The node's environment; absent when there is no node yet, as in `validate`. */
  env?: Environment
  readFile: (path: string) => Promise<string>
}

/** env_file, then environment, then `serfnode.environment`: the later wins. */
export const childEnvironment = async (
  { environment = [], env_file = [] }: Partial<WrittenChild>,
  ofNode: readonly Pair[],
  around: Surroundings,
): Promise<Record<string, string>> => {
  const files: Pair[] = []
  for (const file of env_file) files.push(...(await readEnvFile(file, around)))
  const pairs = [...files, ...environment, ...ofNode]
  const resolved = pairs.flatMap((pair): [string, string][] => {
    const value = pair.value ?? takeFromNode(pair, around)
    return value === undefined ? [] : [[pair.name, value]]
  })
  return Object.fromEntries(resolved)
}

const readEnvFile = async (
  { is, at }: At<string>,
  { folder, env, readFile }: Surroundings,
): Promise<Pair[]> => {
  // What is absolute exists only in the node.
  if (env === undefined && posix.isAbsolute(is)) return []
  const path = posix.isAbsolute(is) ? is : posix.join(folder, is)
  const { text, problem } = await reading(path, readFile)
  if (text === undefined) return report(at, `cannot read ${path}: ${problem}`) ?? []
  const lines = parseEnvFile(path, text, at.source.report)
  return lines.map(({ line, ...pair }) => ({ ...pair, at: placeInFile(at, path, line) }))
}

const takeFromNode = ({ name, at }: Pair, { env }: Surroundings): string | undefined => {
  if (env === undefined) return undefined
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  if (value === undefined) return warn(at, `${name} is not set in the node; left out`) as undefined
  if (name.startsWith('SERFNODE_TOKEN') || /SN1-/i.test(value)) {
    return report(at, `${name} holds the cluster's token, which no child may have`)
  }
  return value
}

const placeInFile = ({ source }: Value, file: string, line: number): Value => ({
  node: { range: [0, 0, 0] },
  path: '',
  source: { ...source, file, place: () => ({ line }) },
})
