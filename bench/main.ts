import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureEngine, stopEngineIfOurs } from '../scripts/setup/engine.ts'
import { ensureImage } from '../scripts/setup/image.ts'
import { DIST, ROOT } from '../scripts/setup/paths.ts'
import { createSteps, type Steps } from '../scripts/setup/steps.ts'
import { stopSignal } from '../scripts/setup/stop-signal.ts'
import { lockTests } from '../scripts/test/lock.ts'
import { describeError } from '../src/lib/errors.ts'
import { IMAGE } from '../test/support/cluster.ts'
import { verdict } from './kit/figure.ts'
import { describeMachine } from './kit/machine.ts'
import { type Report, renderReport, reportJson } from './kit/report.ts'
import { runScenarios } from './kit/run-scenarios.ts'
import { SCENARIOS } from './scenarios/all.ts'

const USAGE = `usage: npm run bench [-- SCENARIO... [options]]
  --quick       a few runs of each, to see that it works
  --runs N      N runs of each instead of its own number
  --json FILE   the report with all samples (always in dist/bench.json)
  --write       the report into docs/figures.md; only with all scenarios, when none failed
  --strict      exit 1 when a target is missed
scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`

const INTRO = `# Figures

Taken by \`npm run bench -- --write\`, and not to be edited by hand. \`npm run bench -- --help\` tells
how to run a part of it; the samples are in \`dist/bench.json\` afterwards. Serfnode and what it is
compared with are measured in turns, in the same run, so that a drift of the machine meets both.
MISSED means: not as good as we want it.`

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  runs: { type: 'string' },
  json: { type: 'string' },
  write: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

class UsageError extends Error {}

const parse = () => {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError(describeError(error))
  }
}

const readOptions = () => {
  const { values, positionals } = parse()
  const scenarios = SCENARIOS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )
  const unknown = positionals.filter((name) => !SCENARIOS.some((each) => each.name === name))
  if (unknown.length > 0) throw new UsageError(`no such scenario: ${unknown.join(', ')}`)
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) {
    throw new UsageError(`--runs: expected a number from 1, found ${values.runs}`)
  }
  if (values.write && (values.quick || runs !== undefined || positionals.length > 0)) {
    throw new UsageError('--write is for the whole bench: leave scenarios, --quick and --runs away')
  }
  return { ...values, runs, scenarios }
}

const signal = stopSignal()

const bench = async (options: ReturnType<typeof readOptions>, steps: Steps): Promise<number> => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const began = performance.now()
  const { docker } = await ensureEngine(steps, 'test', signal)
  try {
    if (process.env['SERFNODE_IMAGE'] === undefined) {
      const { base } = await ensureImage({ docker, arch, steps }, signal)
      await docker(['tag', base, 'serfnode-base:trixie'])
    }
    const machine = await describeMachine(IMAGE, new Date())
    const { step } = steps
    const results = await runScenarios(options.scenarios, {
      socketPath: docker.socket,
      quick: options.quick,
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      step,
      signal,
    })
    const tookS = Math.round((performance.now() - began) / 1000)
    return await tell({ machine, tookS, results }, options)
  } finally {
    await stopEngineIfOurs(docker, 'test', steps)
  }
}

const tell = async (report: Report, options: ReturnType<typeof readOptions>): Promise<number> => {
  const text = renderReport(report)
  console.log(`\n${text}`)
  const failed = report.results.filter((result) => result.failed !== undefined)
  if (options.write && failed.length === 0 && !signal.aborted) {
    await writeFile(join(ROOT, 'docs/figures.md'), `${INTRO}\n\n${text}\n`)
  }
  await mkdir(DIST, { recursive: true })
  for (const file of [join(DIST, 'bench.json'), ...(options.json ? [options.json] : [])]) {
    await writeFile(file, reportJson(report))
    console.log(`\nall samples: ${file}`)
  }
  if (signal.aborted) return 130
  const missed = report.results
    .flatMap(({ figures }) => figures)
    .filter((figure) => verdict(figure) === 'MISSED')
  console.log(`\n${failed.length} scenarios failed, ${missed.length} targets missed`)
  return failed.length > 0 || (options.strict && missed.length > 0) ? 1 : 0
}

const main = async (): Promise<number> => {
  const options = readOptions()
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const unlock = await lockTests()
  try {
    return await bench(options, createSteps())
  } finally {
    await unlock()
  }
}

main()
  .catch((error: unknown) => {
    const isUsage = error instanceof UsageError
    console.error(isUsage ? `${error.message}\n${USAGE}` : `\n${describeError(error)}`)
    return isUsage ? 2 : 1
  })
  // What a scenario that was cut short holds open must not hold the prompt.
  .then((code) => process.exit(code))
