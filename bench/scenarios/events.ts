import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Serfnode } from '../../src/client/index.ts'
import { pause } from '../../src/lib/wait.ts'
import { docker, inside } from '../../test/support/docker.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { controlOf } from '../kit/control.ts'
import { cpuUsageOf } from '../kit/cpu-usage.ts'
import { bundleProgram } from '../kit/fake-serf.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { startNodes } from '../kit/nodes.ts'
import { createPlainSerfs } from '../kit/plain-serfs.ts'
import { until } from '../kit/until.ts'

/** Below the ten a second that a node may raise for long. */
const EVERY_MS = 120

/** A module that notes by the machine's clock when its first line runs. */
const MODULE = `import { appendFileSync } from 'node:fs'
export default {
  'user:tick'(event) {
    const at = process.hrtime.bigint()
    appendFileSync('times', \`\${event.text} \${at}\\n\`)
  },
}
`

const PLAIN: Record<string, { handler: string; file?: string }> = {
  'a Node script': { handler: '/usr/local/bin/node /handler', file: 'process.stdin.resume()\n' },
  true: { handler: '/bin/true' },
}

type Times = Map<string, bigint>

/** When another client of serf's stream has each event, in the same container. */
const watchStream = async (
  { cluster, signal }: Context,
  node: string,
): Promise<{ times: Times; end: () => void }> => {
  const program = await bundleProgram('stream-clock/main.ts', join(cluster.folder, 'clock'))
  await docker('cp', program, `${node}:/tmp/clock`)
  const run = ['exec', node, '/usr/local/bin/node', '/tmp/clock', '7373', '/run/serfnode/rpc-auth']
  const child = spawn('docker', run, { stdio: ['ignore', 'pipe', 'inherit'] })
  const times: Times = new Map()
  let ready = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [name, payload, at] = line.split(' ')
    if (name === 'ready') ready = true
    else if (name === 'tick' && payload && at) times.set(payload, BigInt(at))
  })
  await until('the stream is watched', () => ready || undefined, { signal })
  return { times, end: () => child.kill() }
}

const raiseAll = async (
  raise: (payload: string) => Promise<void>,
  count: number,
  { signal }: Context,
): Promise<void> => {
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
  raise: (payload: string) => Promise<void>,
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

const startNode = async ({ cluster, signal }: Context): Promise<string> => {
  const folder = join(cluster.folder, 'handlers')
  mkdirSync(folder)
  writeFileSync(join(folder, 'tick.mjs'), MODULE)
  const node = await cluster.start('hears', {
    role: 'hears',
    args: ['-v', `${folder}:/handlers:ro`],
  })
  const isUp = async () =>
    (await docker('exec', node, 'cat', '/agent_up').catch(() => '')) || undefined
  await until('the node is up', isUp, { signal, everyMs: 100 })
  return node
}

const startPlain = async (
  context: Context,
  what: string,
): Promise<{ container: string; raise: (payload: string) => Promise<void> }> => {
  const { handler, file } = PLAIN[what]!
  const args = ['-event-handler', `user:tick=${handler}`]
  const mounts: string[] = []
  if (file !== undefined) {
    const path = join(context.cluster.folder, 'handler')
    writeFileSync(path, file)
    mounts.push('-v', `${path}:/handler:ro`)
  }
  const [one] = await createPlainSerfs(context, { args, mounts }).startAll([
    `plain-${what.replace(/\W/g, '').toLowerCase()}`,
  ])
  return {
    container: one!.container,
    raise: (payload) => one!.serf.event('tick', Buffer.from(payload)),
  }
}

const latencies = async (node: string, seen: Times): Promise<number[]> => {
  const lines = (await inside(node, 'sh', '-c', 'cat /run/serfnode/handlers/*/times')).split('\n')
  return lines.flatMap((line) => {
    const [payload = '', at] = line.split(' ')
    const record = seen.get(payload)
    return record === undefined || at === undefined ? [] : [Number(BigInt(at) - record) / 1e6]
  })
}

/** What an event costs until the user's code runs, and how long it takes. */
export const events: Scenario = {
  name: 'events',
  title: 'a handler hears an event',
  run: async (context) => {
    const { signal } = context
    const count = context.runs(250)
    const node = await startNode(context)
    // Another node raises them: the one that is looked at only hears.
    const [other] = await startNodes(context, ['raises'])
    const api: Serfnode = await controlOf(other!.container)
    await until('they know each other', () => addressIn(other!.hostsFile, 'hears'), { signal })
    const raise = (payload: string) => api.raise('tick', payload)
    const cpu: Record<string, number> = {}
    try {
      context.note('a resident module')
      cpu['own'] = await cpuPerEvent(context, node, count, raise)
      const { times, end } = await watchStream(context, node)
      await inside(node, 'sh', '-c', 'rm -f /run/serfnode/handlers/*/times')
      await raiseAll((payload) => raise(`late${payload}`), count, context)
      const took = await latencies(node, times)
      end()
      for (const what of Object.keys(PLAIN)) {
        context.note(`plain serf and ${what}`)
        const plain = await startPlain(context, what)
        cpu[what] = await cpuPerEvent(context, plain.container, Math.min(count, 60), plain.raise)
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
        ...Object.keys(PLAIN).map(
          (what): Figure => ({
            name: `CPU of an event: module, and serf running ${what}`,
            measured: `CPU time of the container for each event beyond what it takes idle, as its cgroup counts it; plain: a bare serf with -event-handler and ${what}`,
            unit: 'ms',
            samples: [cpu['own']!],
            plain: { what: 'bare serf', samples: [cpu[what]!] },
          }),
        ),
      ]
      return figures
    } finally {
      api.close()
    }
  },
}
