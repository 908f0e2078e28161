import { connectDocker } from '../../src/docker/client.ts'
import { describeError } from '../../src/lib/errors.ts'
import { pause, untilAborted } from '../../src/lib/wait.ts'
import { testCluster } from '../../test/support/cluster.ts'
import { sweep, TEST_PREFIX } from '../../test/support/docker.ts'
import type { Context, Scenario } from './context.ts'
import { followEngine } from './engine-events.ts'
import type { Figure } from './figure.ts'

export type Result = {
  scenario: string
  title: string
  tookS: number
  figures: Figure[]
  /** Why it did not run to its end. */
  failed?: string
}

export type RunOptions = {
  socketPath: string
  /** In the place of every scenario's own number of runs. */
  runs?: number
  quick: boolean
  /** Runs a piece of work under a title, with its progress. */
  step: <T>(title: string, work: (note: (text: string) => void) => Promise<T>) => Promise<T>
  signal: AbortSignal
}

const QUICK_RUNS = 2
const clusterName = ({ name }: Scenario) => `bench-${name}`

/** Runs scenarios one after the other; one that fails does not keep the others. */
export const runScenarios = async (
  scenarios: readonly Scenario[],
  options: RunOptions,
): Promise<Result[]> => {
  // What a run that was killed has left would be measured too.
  for (const scenario of scenarios) sweep(`${TEST_PREFIX}${clusterName(scenario)}`)
  const docker = connectDocker({ socketPath: options.socketPath })
  const results: Result[] = []
  for (const scenario of scenarios) {
    if (options.signal.aborted) break
    results.push(await runOne(scenario, docker, options))
  }
  return results
}

const runOne = async (
  scenario: Scenario,
  docker: Context['docker'],
  { runs, quick, step, signal: stop }: RunOptions,
): Promise<Result> => {
  const started = performance.now()
  const ended = new AbortController()
  const signal = AbortSignal.any([stop, ended.signal])
  const of = { scenario: scenario.name, title: scenario.title }
  const tookS = () => Math.round((performance.now() - started) / 1000)
  let cluster: Context['cluster'] | undefined
  try {
    cluster = testCluster(clusterName(scenario))
    const made = cluster
    const events = await followEngine(docker, signal)
    const run = (note: Context['note']) =>
      scenario.run({
        cluster: made,
        docker,
        events,
        runs: (usual) => runs ?? (quick ? QUICK_RUNS : usual),
        amount: (usual, small) => (quick ? small : usual),
        note,
        signal,
      })
    const figures = await step(`${scenario.name}: ${scenario.title}`, (note) =>
      Promise.race([run(note), interrupted(signal)]),
    )
    return { ...of, tookS: tookS(), figures }
  } catch (error) {
    const failed = stop.aborted ? INTERRUPTED : describeError(error)
    return { ...of, tookS: tookS(), figures: [], failed }
  } finally {
    ended.abort()
    if (cluster) await cleanUp(cluster, stop.aborted)
  }
}

const INTERRUPTED = 'interrupted'

/** Rejects at once: a scenario may be in the middle of minutes of work that nothing ends. */
const interrupted = async (signal: AbortSignal): Promise<never> => {
  await untilAborted(signal)
  throw new Error(INTERRUPTED)
}

const ROUNDS = 4
const ROUND_MS = 1_000

/** A run that was cut short may have asked the engine for what comes after the first look. */
const cleanUp = async (cluster: Context['cluster'], isCutShort: boolean): Promise<void> => {
  for (let round = 0; round < (isCutShort ? ROUNDS : 1); round += 1) {
    if (round > 0) await pause(ROUND_MS)
    try {
      cluster[Symbol.dispose]()
    } catch (error) {
      // The figures count; the next run sweeps again.
      console.error(`clean up ${cluster.cluster}: ${describeError(error)}`)
    }
  }
}
