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
/** What runs a program for each event is measured with fewer. */
const PLAIN_COUNT = 60

type Plain = { what: string; handler: string; script?: string; image: string }

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

const cpuOfPlain = async (
  context: Context,
  { what, handler, script, image }: Plain,
  count: number,
): Promise<number> => {
  // The image with Python has no serf.
  const mounts =
    image === IMAGE ? [] : ['-v', `${join(context.cluster.folder, 'serf')}:/usr/bin/serf:ro`]
  if (script !== undefined) {
    const path = join(context.cluster.folder, 'handler')
    writeFileSync(path, script)
    mounts.push('-v', `${path}:/handler:ro`)
  }
  const args = ['-event-handler', `user:tick=${handler}`]
  const name = `plain-${what.replace(/\W/g, '').toLowerCase()}`
  const [one] = await createPlainSerfs(context, { args, mounts, image }).startAll([name])
  const raise: Raise = (payload) => one!.serf.event('tick', Buffer.from(payload))
  return cpuPerEvent(context, one!.container, count, raise)
}

/** What an event costs until the user's code runs, and how long it takes. */
export const events: Scenario = {
  name: 'events',
  title: 'a handler hears an event',
  run: async (context) => {
    const { cluster, signal, note } = context
    const count = context.runs(250)
    await buildApiTools()
    const args = handlerFiles(cluster.folder, { 'tick.mjs': timingModule('tick') })
    const node = await cluster.start('hears', { role: 'hears', args })
    await docker('exec', node, '/me')
    await docker('cp', `${node}:/usr/bin/serf`, join(cluster.folder, 'serf'))
    // Another node raises them: the one that is looked at only hears.
    const [other] = await startNodes(context, ['raises'])
    await until('they know each other', () => addressIn(other!.hostsFile, 'hears'), { signal })
    const api = await controlOf(other!.container)
    try {
      const raise: Raise = (payload) => api.raise('tick', payload)
      note('a resident module')
      const own = await cpuPerEvent(context, node, count, raise)
      const stream = await watchStream(context, node, 'tick')
      await raiseAll(raise, count, context)
      const took = await stream.latencies()
      stream.end()
      const modules = (await processesOf(node)).filter(({ part }) => part === 'module')
      const memory = memoryOf(modules)
      const plain: number[] = []
      for (const each of PLAIN) {
        note(`plain serf and ${each.what}`)
        plain.push(await cpuOfPlain(context, each, Math.min(count, PLAIN_COUNT)))
      }
      const figures: Figure[] = [
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
        ...PLAIN.map(
          ({ what }, at): Figure => ({
            name: `CPU of an event: module, and serf with ${what}`,
            measured: `CPU time of the container for each event beyond what it takes idle, as its cgroup counts it; plain: a bare serf with -event-handler and ${what}`,
            unit: 'ms',
            samples: [own],
            plain: { what: 'bare serf', samples: [plain[at]!] },
          }),
        ),
        {
          name: 'a Node script costs as much CPU as so many modules',
          measured: 'the first of these, plain by own; at least 20 is wanted',
          unit: '',
          samples: [plain[0]! / own],
        },
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
      return figures
    } finally {
      api.close()
    }
  },
}
