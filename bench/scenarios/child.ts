import { pause } from '../../src/lib/wait.ts'
import { docker } from '../../test/support/docker.ts'
import type { Context, Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { runPlain, startNodes, ymlOf } from '../kit/nodes.ts'
import { pidOf } from '../kit/processes.ts'
import { createStepTimes } from '../kit/steps.ts'

/** After so long a run both Docker and Serfnode restart without a longer wait than at first. */
const STEADY_MS = 11_000
const CHILDREN = ['first', 'second', 'third', 'fourth']

/** Children, or containers, of which always one is killed that has run long enough. */
const createTurns = (containers: readonly string[], signal: AbortSignal) => {
  const since = new Map<string, number>()
  let turn = 0
  return async (kill: (container: string) => Promise<number>): Promise<void> => {
    const container = containers[turn++ % containers.length]!
    const steadyAt = (since.get(container) ?? 0) + STEADY_MS
    await pause(Math.max(0, steadyAt - Date.now()), signal)
    signal.throwIfAborted()
    since.set(container, await kill(container))
  }
}

const startVictims = async (context: Context) => {
  const roles = ['one', 'two']
  await startNodes(context, roles, ymlOf('app', ...CHILDREN))
  const children = roles.flatMap((role) =>
    CHILDREN.map((child) => context.cluster.child(role, child)),
  )
  const plain: string[] = []
  for (const name of CHILDREN) {
    plain.push(await runPlain(context, `plain-${name}`, '--restart', 'always'))
  }
  await pause(STEADY_MS, context.signal)
  return { children, plain }
}

/** A child is killed until it runs again: by `docker kill`, and by a signal of its own kind. */
export const child: Scenario = {
  name: 'child',
  title: 'a child is killed',
  run: async (context) => {
    const { events, signal } = context
    const victims = await startVictims(context)
    const nextChild = createTurns(victims.children, signal)
    const nextPlain = createTurns(victims.plain, signal)
    const steps = createStepTimes(['the engine says that it died', 'it runs again'])
    const times = { killed: [] as number[], crashed: [] as number[], plain: [] as number[] }

    const dockerKill = async (container: string): Promise<number> => {
      const began = Date.now()
      await docker('kill', container)
      const died = await events.next(container, 'die', began)
      const runs = await events.next(container, 'start', began)
      steps.add(began, { 'the engine says that it died': died, 'it runs again': runs })
      times.killed.push((runs - began) / 1000)
      return runs
    }
    const crash = (into: number[]) => async (container: string) => {
      const pid = await pidOf(container)
      const began = Date.now()
      process.kill(pid, 'SIGKILL')
      const runs = await events.next(container, 'start', began)
      into.push((runs - began) / 1000)
      return runs
    }

    for (let run = 1; run <= context.runs(30); run += 1) {
      context.note(`run ${run}`)
      await nextChild(dockerKill)
      await nextPlain(crash(times.plain))
      await nextChild(crash(times.crashed))
    }
    const figures: Figure[] = [
      {
        name: 'a child after `docker kill`',
        measured:
          'from the call of `docker kill` of a child until the engine says that it runs again; plain: as below, since Docker restarts nothing after `docker kill`',
        unit: 's',
        samples: times.killed,
        plain: { what: '--restart always, crashed', samples: times.plain },
        target: { of: 'p95', atMost: 0.6 },
        steps: steps.samples,
      },
      {
        name: 'a child after a crash',
        measured:
          "from a SIGKILL to the child's first process, not by the engine, until the engine says that it runs again; plain: the same with a container of `--restart always`. All had run for 11 s at least",
        unit: 's',
        samples: times.crashed,
        plain: { what: '--restart always', samples: times.plain },
      },
    ]
    return figures
  },
}
