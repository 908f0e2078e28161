import { describeError } from '../src/lib/errors.ts'
import { pause } from '../src/lib/wait.ts'
import type { Docker } from './setup/docker.ts'
import { ensureEngine, stopEngineIfOurs } from './setup/engine.ts'
import { EXAMPLES, ensureExample } from './setup/example.ts'
import { ensureImage } from './setup/image.ts'
import { createSteps } from './setup/steps.ts'
import { stopSignal } from './setup/stop-signal.ts'
import { runChecks } from './test/checks.ts'
import { lockTests } from './test/lock.ts'
import { otherTestRuns } from './test/others.ts'
import { findTests, sortIntoRings } from './test/rings.ts'
import { runAll } from './test/run-all.ts'
import { type FileResult, runTestFile } from './test/run-file.ts'
import { sweepTests } from './test/sweep.ts'

// npm test [-- PART-OF-A-PATH...]
const filters = process.argv.slice(2)
const signal = stopSignal()
const steps = createSteps()

const ROUNDS = 5
const ROUND_MS = 1_000

type SetUp = { docker: Docker; isOurs: boolean }

const sweep = async (docker: Docker, when: string): Promise<void> => {
  const others = await otherTestRuns()
  if (others.length > 0) {
    steps.say(`     nothing swept: process ${others.join(', ')} runs tests too`)
    return
  }
  // What a test had asked the engine for when it was cut short may come after the first look.
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round > 0) await pause(ROUND_MS)
    const swept = await sweepTests(docker)
    if (swept.length === 0) return
    steps.say(`     swept ${when}: ${swept.join(', ')}`)
  }
}

const setUp = async (sweeps: boolean, use: (made: SetUp) => void): Promise<void> => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const made = await ensureEngine(steps, 'test', signal)
  use(made)
  const { docker } = made
  if (sweeps) await sweep(docker, 'of an earlier run')
  const { name, base } = await ensureImage({ docker, arch, steps }, signal)
  for (const example of EXAMPLES) {
    await ensureExample(example, { docker, steps, base, name }, signal)
  }
  // The name under which tests know the base, wherever it came from.
  await docker(['tag', base, 'serfnode-base:trixie'])
}

const tearDown = async ({ docker, isOurs }: SetUp, sweeps: boolean): Promise<void> => {
  // Interrupted or not: what is to be removed is removed.
  if (sweeps) await sweep(docker, 'at the end')
  if (isOurs) await stopEngineIfOurs(docker, 'test', steps)
}

const complain = (error: unknown) => console.error(`tidying up: ${describeError(error)}`)

const runRings = async (files: string[], results: FileResult[]): Promise<void> => {
  if (filters.length === 0) {
    const checks = runChecks(signal)
    results.push(...(await runAll('format, lint, types', checks, { concurrency: 1, signal })))
  }
  for (const { ring, files: inRing } of sortIntoRings(files)) {
    const { name, concurrency, timeoutMs } = ring
    const jobs = inRing.map((file) => () => runTestFile(file, { timeoutMs, signal }))
    results.push(...(await runAll(name, jobs, { concurrency, signal })))
  }
}

const main = async (): Promise<number> => {
  const files = await findTests(filters)
  if (files.length === 0) throw new Error(`no test file has ${filters.join(' or ')} in its path`)
  const needs = new Set(sortIntoRings(files).map(({ ring }) => ring.needs))
  const unlock = await lockTests()
  let made: SetUp | undefined
  const results: FileResult[] = []
  try {
    if (needs.has('docker') || needs.has('serf')) {
      await setUp(needs.has('docker'), (engine) => {
        made = engine
      })
    }
    await runRings(files, results)
  } finally {
    // A machine that cannot be tidied does not hide what the tests said.
    if (made) await tearDown(made, needs.has('docker')).catch(complain)
    await unlock()
  }
  const passed = results.reduce((sum, each) => sum + each.passed, 0)
  const failed = results.reduce((sum, each) => sum + each.failures.length, 0)
  const failures = results.filter((each) => each.failures.length > 0)
  for (const { file, failures: all } of failures) {
    for (const { title } of all) console.log(`FAIL ${file}: ${title}`)
  }
  if (signal.aborted) console.log('interrupted: the rest was not run')
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 || signal.aborted ? 1 : 0
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(signal.aborted ? 'interrupted' : `\nset-up failed: ${describeError(error)}`)
    process.exitCode = 1
  },
)
