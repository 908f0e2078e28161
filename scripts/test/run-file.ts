import { resolve } from 'node:path'
import { run } from 'node:test'
import { ROOT } from '../setup/paths.ts'

export type Failure = { title: string; detail: string }
export type FileResult = {
  file: string
  passed: number
  skipped: string[]
  failures: Failure[]
  /** What the file printed; of use when something failed. */
  output: string
  ms: number
}

type Reported = {
  name: string
  nesting: number
  skip?: boolean | string
  todo?: boolean | string
  details: { type?: string; error?: Error & { failureType?: string; cause?: unknown } }
}

const detailOf = (error: Reported['details']['error']): string => {
  const cause = error?.cause ?? error
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

/** Runs a test file in a process of its own and gathers what became of its tests. */
export const runTestFile = async (
  file: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<FileResult> => {
  const started = performance.now()
  const result: FileResult = { file, passed: 0, skipped: [], failures: [], output: '', ms: 0 }
  const path = resolve(ROOT, file)
  // The names of the suites around a test, by nesting.
  const around: string[] = []
  const titleOf = ({ name, nesting }: Reported) => [...around.slice(0, nesting), name].join(' > ')

  const stream = run({ files: [path], concurrency: false, timeout: timeoutMs, signal })
  stream.on('test:start', ({ name, nesting }) => {
    around[nesting] = name
  })
  const print = ({ message }: { message: string }) => {
    result.output += message
  }
  stream.on('test:stdout', print)
  stream.on('test:stderr', print)
  stream.on('test:pass', (test: Reported) => {
    // A file without a single test is reported as if it were one.
    if (test.name === path || test.name === file) {
      result.failures.push({ title: file, detail: 'there is no test in this file' })
    } else if (test.skip || test.todo) result.skipped.push(titleOf(test))
    else if (test.details.type !== 'suite') result.passed += 1
  })
  stream.on('test:fail', (test: Reported) => {
    const { type, error } = test.details
    if (type === 'suite' && error?.failureType === 'subtestsFailed') return
    result.failures.push({ title: titleOf(test), detail: detailOf(error) })
  })
  for await (const _ of stream) {
    // Listened to above.
  }
  result.ms = performance.now() - started
  return result
}
