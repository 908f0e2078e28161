import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { ROOT } from '../setup/paths.ts'

export type Ring = {
  name: string
  /** Files by their path from the checkout; the first ring that fits takes a file. */
  match: RegExp
  /** Files that run at the same time. */
  concurrency: number
  /** For one file. */
  timeoutMs: number
  /** What set-up has to bring: the packaged serf, or engine and images. */
  needs: 'nothing' | 'serf' | 'docker'
}

const MINUTE = 60_000

/** From quick to slow. What talks to a real engine runs one file at a time: the engine is one. */
export const RINGS: Ring[] = [
  {
    name: 'end to end',
    match: /^test\/e2e\//,
    concurrency: 1,
    timeoutMs: 20 * MINUTE,
    needs: 'docker',
  },
  {
    name: 'real Docker',
    match: /^test\/(children|cli|docker|image)\/|^test\/scripts\/own-engine|^test\/bench\/real-/,
    concurrency: 1,
    timeoutMs: 8 * MINUTE,
    needs: 'docker',
  },
  {
    name: 'real serf',
    match: /^test\/serf\/real-/,
    concurrency: 2,
    timeoutMs: 3 * MINUTE,
    needs: 'serf',
  },
  {
    name: 'pure and wire',
    match: /^test\//,
    concurrency: Math.max(2, availableParallelism()),
    timeoutMs: 2 * MINUTE,
    needs: 'nothing',
  },
]

/** Sorts test files into rings, in the order in which the rings run. */
export const sortIntoRings = (files: readonly string[]): { ring: Ring; files: string[] }[] => {
  const sorted = RINGS.map((ring) => ({ ring, files: [] as string[] }))
  for (const file of files) sorted.find(({ ring }) => ring.match.test(file))?.files.push(file)
  return sorted.reverse().filter((each) => each.files.length > 0)
}

/** All test files whose path contains one of `filters`, or all when there are none. */
export const findTests = async (filters: readonly string[]): Promise<string[]> => {
  const entries = await readdir(join(ROOT, 'test'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .sort()
}
