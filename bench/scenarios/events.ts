import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../src/lib/wait.ts'
import { API_TOOLS, buildApiTools } from '../../test/support/api.ts'
import { IMAGE } from '../../test/support/cluster.ts'
import { docker } from '../../test/support/docker.ts'
import { handlerFiles } from '../../test/support/handler-files.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { controlOf } from '../kit/control.ts'
import { cpuUsageOf } from '../kit/cpu-usage.ts'
import { timingModule, watchStream } from '../kit/event-times.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { startNodes } from '../kit/nodes.ts'
import { createPlainSerfs } from '../kit/plain-serfs.ts'
import { memoryOf, processesOf } from '../kit/processes.ts'
import { until } from '../kit/until.ts'

/** Below the ten a second that a node may raise for long. */
const EVERY_MS = 120
/** For the CPU of each round: what runs a program for each event takes long. */
const CPU_COUNT = 60

/** Costs are measured so often, in turns. */
const ROUNDS = 3

/** What the scripts do, resident: it takes the payload. */
const TAKES = "export default { 'user:tick': (event) => void event.text }\n"

type Plain = { what: string; handler?: string; script?: string; image: string }

const PLAIN: readonly Plain[] = [
  {
    what: 'a Node script',
    handler: '/usr/local/bin/node /handler',
    script: 'process.stdin.resume()\n',
    image: IMAGE,
  },
  {
    what: 'a Python script',
    handler: '/usr/bin/python3 /handler',
    script: 'import sys\nsys.stdin.read()\n',
    image: API_TOOLS,
  },
  { what: 'true', handler: '/bin/true', image: IMAGE },
  { what: 'no handler', image: IMAGE },
]

type Raise = (payload: string) => Promise<void>

const raiseAll = async (raise: Raise, count: number, { signal }: Context): Promise<void> => {
  for (let at = 0; at < count; at += 1) {
    signal.throwIfAborted()
    await raise(String(at))
    await pause(EVERY_MS, signal)
  }
}

/** CPU milliseconds that a container takes for each of `count` events, beyond what it takes idle. */
const cpuPerEvent = async (
  context: Context,
  container: string,
  count: number,
  raise: Raise,
): Promise<number> => {
  const usage = () => cpuUsageOf('/var/run/docker.sock', container)
  const first = await usage()
  await pause(count * EVERY_MS, context.signal)
  const idle = (await usage()) - first
  const before = await usage()
  const began = performance.now()
  await raiseAll(raise, count, context)
  const took = performance.now() - began
  const busy = (await usage()) - before
  return (1000 * (busy - (idle * took) / (count * EVERY_MS))) / count
}

/** A bare serf with this handler; its own cost is measured by calling what is returned. */
const startPlain = async (
  context: Context,
  { what, handler, script, image }: Plain,
): Promise<(count: number) => Promise<number>> => {
  // The image with Python has no serf.
  const mounts =
    image === IMAGE ? [] : ['-v', `${join(context.cluster.folder, 'serf')}:/usr/bin/serf:ro`]
  const name = `plain-${what.replace(/\W/g, '').toLowerCase()}`
  if (script !== undefined) {
    const path = join(context.cluster.folder, name)
    writeFileSync(path, script)
    mounts.push('-v', `${path}:/handler:ro`)
  }
  const args = handler === undefined ? [] : ['-event-handler', `user:tick=${handler}`]
  const [one] = await createPlainSerfs(context, { args, mounts, image }).startAll([name])
  const raise: Raise = (payload) => one!.serf.event('tick', Buffer.from(payload))
  return (count) => cpuPerEvent(context, one!.container, count, raise)
}

type Costs = { own: number[]; plain: number[][] }

/** Ours and each plain one in turns, so that a busy moment of the machine meets them alike. */
const measureCosts = async (
  context: Context,
  ofOwn: (count: number) => Promise<number>,
  count: number,
): Promise<Costs> => {
  const rounds = Math.min(ROUNDS, context.runs(ROUNDS))
  const ofPlain = []
  for (const each of PLAIN) ofPlain.push(await startPlain(context, each))
  const costs: Costs = { own: [], plain: PLAIN.map(() => []) }
  for (let round = 0; round < rounds; round += 1) {
    context.note(`CPU, round ${round + 1} of ${rounds}`)
    costs.own.push(await ofOwn(count))
    for (const [at, measure] of ofPlain.entries()) costs.plain[at]!.push(await measure(count))
  }
  return costs
}

const figuresOfCosts = ({ own, plain }: Costs): Figure[] => {
  const script = plain[0]!
  const serf = plain.at(-1)!
  return [
    ...PLAIN.map(
      ({ what }, at): Figure => ({
        name: `CPU of an event: module, and serf with ${what}`,
        measured: `CPU time of the container for each event beyond what it takes idle, as its cgroup counts it; plain: a bare serf, with ${what} as -event-handler`,
        unit: 'ms',
        samples: own,
        plain: { what: 'bare serf', samples: plain[at]! },
      }),
    ),
    {
      name: "an event's CPU, of that with a Node script",
      measured:
        'the first of these, own by plain, round by round; both with what serf itself takes',
      unit: '%',
      samples: own.map((cost, at) => (100 * cost) / script[at]!),
      target: { of: 'median', atMost: 5 },
    },
    {
      name: 'the same without what serf takes with no handler',
      measured: 'both less the last of these',
      unit: '%',
      samples: own.map((cost, at) => (100 * (cost - serf[at]!)) / (script[at]! - serf[at]!)),
    },
  ]
}

/** What an event costs until the user's code runs, and how long it takes. */
export const events: Scenario = {
  name: 'events',
  title: 'a handler hears an event',
  run: async (context) => {
    const { cluster, signal, note } = context
    const count = context.runs(250)
    await buildApiTools()
    const modules = { 'tick.mjs': TAKES, 'timed.mjs': timingModule('timed') }
    const args = handlerFiles(cluster.folder, modules)
    const node = await cluster.start('hears', { role: 'hears', args })
    await docker('exec', node, '/me')
    await docker('cp', `${node}:/usr/bin/serf`, join(cluster.folder, 'serf'))
    // Another node raises them: the one that is looked at only hears.
    const [other] = await startNodes(context, ['raises'])
    await until('they know each other', () => addressIn(other!.hostsFile, 'hears'), { signal })
    const api = await controlOf(other!.container)
    try {
      note('a resident module')
      const stream = await watchStream(context, node, 'timed')
      await raiseAll((payload) => api.raise('timed', payload), count, context)
      const took = await stream.latencies()
      stream.end()
      const modules = (await processesOf(node)).filter(({ part }) => part === 'module')
      const memory = memoryOf(modules.slice(0, 1))
      const raise: Raise = (payload) => api.raise('tick', payload)
      const ofOwn = (events: number) => cpuPerEvent(context, node, events, raise)
      const costs = await measureCosts(context, ofOwn, Math.min(count, CPU_COUNT))
      return [
        {
          name: "from serf's record to a module's first line",
          measured:
            "from the instant when another client of serf's stream in the same container has the record until the first line of the resident handler runs",
          unit: 'ms',
          samples: took,
          target: { of: 'median', atMost: 1 },
        },
        {
          name: 'the same: the slow ones',
          measured: 'of the same samples the 99th of 100 is judged',
          unit: 'ms',
          samples: took,
          target: { of: 'p99', atMost: 5 },
        },
        ...figuresOfCosts(costs),
        {
          name: 'a handler module: memory (RSS)',
          measured: 'VmRSS of its process after these events',
          unit: 'MB',
          samples: [memory.rss],
        },
        {
          name: 'a handler module: the same as PSS',
          measured: 'what it shares with the agent is divided between them',
          unit: 'MB',
          samples: [memory.pss],
        },
      ]
    } finally {
      api.close()
    }
  },
}
