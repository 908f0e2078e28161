import { join } from 'node:path'
import { ROOT } from '../setup/paths.ts'
import { attempt } from '../setup/run.ts'
import type { FileResult } from './run-file.ts'

/** What is checked without running anything of ours; each counts as one test. */
const CHECKS = [
  { name: 'format and lint', program: 'biome', args: ['ci', '--colors=off', '.'] },
  { name: 'types', program: 'tsc', args: ['--noEmit'] },
]

/** Runs formatter, linter and type checker. */
export const runChecks = (signal: AbortSignal): (() => Promise<FileResult>)[] =>
  CHECKS.map(({ name, program, args }) => async () => {
    const started = performance.now()
    const options = { cwd: ROOT, timeoutMs: 300_000, signal }
    const ran = await attempt(join(ROOT, 'node_modules/.bin', program), args, options)
    const line = `${[program, ...args].join(' ')}: exit ${ran.code}`
    return {
      file: name,
      passed: ran.code === 0 ? 1 : 0,
      skipped: [],
      failures: ran.code === 0 ? [] : [{ title: line, detail: `${ran.stdout}${ran.stderr}` }],
      output: '',
      ms: performance.now() - started,
    }
  })
