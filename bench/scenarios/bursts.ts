import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../src/lib/wait.ts'
import { docker } from '../../test/support/docker.ts'
import { handlerFiles } from '../../test/support/handler-files.ts'
import type { Scenario } from '../kit/context.ts'
import { controlOf } from '../kit/control.ts'
import { timingModule, watchStream } from '../kit/event-times.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { startNodes } from '../kit/nodes.ts'
import { until } from '../kit/until.ts'

const BURST = 50
/** What a node may raise for long is ten a second. */
const EVERY_MS = 5_200
const SLEEPER = '#!/bin/sh\nsleep 1\n'

/** Events in bursts, on a node with a handler that sleeps a second over each and on one without. */
export const bursts: Scenario = {
  name: 'bursts',
  title: 'bursts of events, beside a handler that sleeps',
  run: async (context) => {
    const { cluster, signal, note } = context
    const total = context.amount(1_000, 100)
    const start = async (role: string, files: Record<string, string>): Promise<string> => {
      const folder = join(cluster.folder, role)
      mkdirSync(folder)
      const node = await cluster.start(role, { role, args: handlerFiles(folder, files) })
      await docker('exec', node, '/me')
      return node
    }
    const module = { 'tick.mjs': timingModule('tick') }
    const beside = await start('beside', { ...module, 'user.tick.sh': SLEEPER })
    const alone = await start('alone', module)
    const [other] = await startNodes(context, ['raises'])
    const isKnown = () =>
      addressIn(other!.hostsFile, 'beside') && addressIn(other!.hostsFile, 'alone')
    await until('they know each other', isKnown, { signal })
    const api = await controlOf(other!.container)
    const streams = [
      await watchStream(context, beside, 'tick'),
      await watchStream(context, alone, 'tick'),
    ]
    try {
      for (let sent = 0; sent < total; sent += BURST) {
        note(`${sent} events`)
        const next = performance.now() + EVERY_MS
        for (let at = sent; at < sent + BURST; at += 1) await api.raise('tick', String(at))
        await pause(Math.max(0, next - performance.now()), signal)
        signal.throwIfAborted()
      }
      const [slow, quiet] = await Promise.all(streams.map((stream) => stream.latencies()))
      return [
        {
          name: `${total} events in bursts, beside a sleeping handler`,
          measured: `from serf's record to the first line of a module while another handler of the node sleeps for a second over each event, ${BURST} at once; plain: on a node without that handler, the same events. Of ${total} events the modules heard ${slow!.length} and ${quiet!.length}`,
          unit: 'ms',
          samples: slow!,
          plain: { what: 'no sleeping handler', samples: quiet! },
        },
      ]
    } finally {
      for (const stream of streams) stream.end()
      api.close()
    }
  },
}
