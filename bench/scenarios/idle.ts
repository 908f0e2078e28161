import { pause } from '../../src/lib/wait.ts'
import type { Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { startNodes } from '../kit/nodes.ts'
import { createPlainSerfs } from '../kit/plain-serfs.ts'
import { createCpuMeter, memoryOf, type Part, processesOf } from '../kit/processes.ts'

const PARTS: readonly Part[] = ['s6', 'serf', 'dns', 'agent']
/** How long after the start it counts as idle: caches are filled, V8 has tidied up once. */
const SETTLE_S = 30
const EVERY_MS = 2_000

/** What three nodes hold and use when nothing happens, beside three bare serfs. */
export const idle: Scenario = {
  name: 'idle',
  title: 'three nodes with a child each, when nothing happens',
  run: async (context) => {
    const { amount, signal, note } = context
    const up = await startNodes(context, ['one', 'two', 'three'])
    const plain = await createPlainSerfs(context).startAll(['serf1', 'serf2', 'serf3'])
    note('settling')
    await pause(amount(SETTLE_S, 3) * 1000, signal)
    const nodes = await Promise.all(up.map(({ container }) => processesOf(container)))
    const serfs = await Promise.all(plain.map(({ container }) => processesOf(container)))
    const meters = { nodes: nodes.map(createCpuMeter), serfs: serfs.map(createCpuMeter) }

    const memory = { rss: [] as number[], pss: [] as number[] }
    const asked: number[] = []
    const plainMemory = { rss: [] as number[], pss: [] as number[] }
    const parts: Record<string, number[]> = Object.fromEntries(PARTS.map((part) => [part, []]))
    const rounds = Math.ceil((amount(60, 4) * 1000) / EVERY_MS)
    for (let round = 0; round < rounds; round += 1) {
      note(`${(round * EVERY_MS) / 1000} s`)
      await pause(EVERY_MS, signal)
      signal.throwIfAborted()
      for (const processes of nodes) {
        const { rss, pss } = memoryOf(processes)
        memory.rss.push(rss)
        memory.pss.push(pss)
        asked.push(memoryOf(processes.filter(({ part }) => part !== 'dns')).rss)
        for (const part of PARTS) {
          parts[part]?.push(memoryOf(processes.filter((each) => each.part === part)).rss)
        }
      }
      for (const processes of serfs) {
        const { rss, pss } = memoryOf(processes)
        plainMemory.rss.push(rss)
        plainMemory.pss.push(pss)
      }
    }
    const cpu = { nodes: meters.nodes.map((read) => read()), serfs: meters.serfs.map((r) => r()) }
    const still = await Promise.all(up.map(({ container }) => processesOf(container)))
    if (JSON.stringify(still) !== JSON.stringify(nodes)) {
      throw new Error('a process of a node ended meanwhile, so nothing was idle')
    }
    const seconds = (rounds * EVERY_MS) / 1000
    const figures: Figure[] = [
      {
        name: 'idle: memory of a node (RSS)',
        measured: `VmRSS of PID 1, supervisors, serf, both dnsmasq and agent added up, each of three nodes every ${EVERY_MS / 1000} s for ${seconds} s; what processes share counts in each of them; plain: a bare serf of the same image in a cluster of three`,
        unit: 'MB',
        samples: memory.rss,
        plain: { what: 'bare serf', samples: plainMemory.rss },
        steps: parts,
      },
      {
        name: 'idle: the same without dnsmasq',
        measured: 'PID 1, supervisors, serf and agent alone',
        unit: 'MB',
        samples: asked,
        target: { of: 'max', atMost: 90, better: 75 },
      },
      {
        name: 'idle: the same as PSS',
        measured: 'what processes share, with other nodes too, is divided among them',
        unit: 'MB',
        samples: memory.pss,
        plain: { what: 'bare serf', samples: plainMemory.pss },
      },
      {
        name: 'idle: CPU of a node',
        measured: `user and system time of the same processes over ${seconds} s, in percent of one core, one sample a node`,
        unit: '%',
        samples: cpu.nodes,
        plain: { what: 'bare serf', samples: cpu.serfs },
        target: { of: 'max', atMost: 1 },
      },
    ]
    return figures
  },
}
