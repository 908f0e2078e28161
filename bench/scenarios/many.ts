import { pause } from '../../src/lib/wait.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { controlOf } from '../kit/control.ts'
import { type DnsClock, startDnsClock } from '../kit/dns-clock.ts'
import { type FakeNode, startFakeNode } from '../kit/fake-serf.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { createCpuMeter, memoryOf, type Process, processesOf } from '../kit/processes.ts'
import { shownFilesOf } from '../kit/shown-files.ts'
import { until } from '../kit/until.ts'

/** The first is what the others are compared with. */
const LARGEST = 1_000
const SIZES = [3, 200, LARGEST]
const SETTLE_MS = 10_000
const SAMPLE_MS = 2_000

type Subject = {
  size: number
  node: FakeNode
  agent: Process[]
  /** In MB, in percent of a core, and in ms. */
  memory: { idle: number[]; changing: number[] }
  cpu: { idle: number; changing: number }
  written: number[]
  everywhere: number[]
  isShown: (address: string) => boolean
  stream: HttpStream
  dns: DnsClock
}

/** The addresses of which the node's HTTP stream has told, with their instants. */
type HttpStream = { told: Map<string, number>; close: () => void }

const followHttp = async (container: string): Promise<HttpStream> => {
  const api = await controlOf(container)
  const told = new Map<string, number>()
  const follow = async (): Promise<void> => {
    for await (const message of api.stream({ topics: ['catalog'] })) {
      if (message.type !== 'catalog') continue
      for (const { member } of message.changes) told.set(member.addr, Date.now())
    }
  }
  void follow().catch(() => {
    // What was not told is waited for in vain, and that is said there.
  })
  return { told, close: api.close }
}

const startSubject = async (context: Context, size: number): Promise<Subject> => {
  const node = await startFakeNode(context, `of${size}`)
  await node.order({ do: 'members', count: size })
  const last = `role${size - 1}`
  await until(`${size} members are in the hosts file`, () => addressIn(node.hostsFile, last), {
    signal: context.signal,
    everyMs: 50,
  })
  const agent = (await processesOf(node.container)).filter(({ part }) => part === 'agent')
  const memory = { idle: [], changing: [] }
  const isShown = await shownFilesOf(node.container, node.hostsFile)
  const stream = await followHttp(node.container)
  const dns = await startDnsClock(context, node.container)
  const cpu = { idle: 0, changing: 0 }
  return { size, node, agent, memory, cpu, written: [], everywhere: [], isShown, stream, dns }
}

/** One member moves, until its new address is in the hosts file, and then everywhere. */
const moveOne = async (subject: Subject, { signal }: Context): Promise<void> => {
  const { node, size, written, everywhere, isShown, stream, dns } = subject
  const index = Math.floor(Math.random() * size)
  const { at, address } = await node.order({ do: 'move', index })
  if (address === undefined) throw new Error(`member ${index} did not move`)
  dns.watch(`role${index}.serf`, address)
  const isThere = () => addressIn(node.hostsFile, `role${index}`) === address || undefined
  await until(`${address} is in the hosts file`, isThere, { signal, withinMs: 10_000 })
  written.push(Date.now() - at)
  await until(`${address} is in the files`, () => isShown(address) || undefined, { signal })
  const inFiles = Date.now()
  const isEverywhere = () => {
    const [told, answered] = [stream.told.get(address), dns.at(address)]
    return told !== undefined && answered !== undefined && Math.max(inFiles, told, answered)
  }
  const last = await until(`${address} is shown everywhere`, () => isEverywhere() || undefined, {
    signal,
    withinMs: 10_000,
  })
  everywhere.push(last - at)
}

const watchIdle = async (subjects: readonly Subject[], context: Context): Promise<number> => {
  const meters = subjects.map(({ agent }) => createCpuMeter(agent))
  const seconds = context.amount(30, 4)
  for (let past = 0; past < seconds * 1000; past += SAMPLE_MS) {
    await pause(SAMPLE_MS, context.signal)
    for (const { agent, memory } of subjects) memory.idle.push(memoryOf(agent).rss)
  }
  for (const [at, subject] of subjects.entries()) subject.cpu.idle = meters[at]!()
  return seconds
}

/** Each subject changes once a second, in turns, so that no two work at the same moment. */
const watchChanges = async (subjects: readonly Subject[], context: Context): Promise<void> => {
  const meters = subjects.map(({ agent }) => createCpuMeter(agent))
  for (let run = 0; run < context.runs(40); run += 1) {
    context.note(`change ${run + 1}`)
    for (const subject of subjects) {
      const next = performance.now() + 1000 / subjects.length
      await moveOne(subject, context)
      subject.memory.changing.push(memoryOf(subject.agent).rss)
      await pause(Math.max(0, next - performance.now()), context.signal)
      context.signal.throwIfAborted()
    }
  }
  for (const [at, subject] of subjects.entries()) subject.cpu.changing = meters[at]!()
}

/** The agent of a node in a large cluster, which a fake serf plays to it. */
export const many: Scenario = {
  name: 'many',
  title: '200 and 1,000 members',
  run: async (context) => {
    const subjects: Subject[] = []
    for (const size of SIZES) subjects.push(await startSubject(context, size))
    context.note('settling')
    await pause(context.amount(SETTLE_MS, 1_000), context.signal)
    const seconds = await watchIdle(subjects, context)
    await watchChanges(subjects, context)
    for (const { node, stream, dns } of subjects) {
      stream.close()
      dns.close()
      node[Symbol.dispose]()
    }
    const [small, ...large] = subjects as [Subject, ...Subject[]]
    const what = `${small.size} members`
    return large.flatMap((subject): Figure[] => {
      const name = (of: string) => `${subject.size} members: ${of}`
      return [
        {
          name: name('agent, memory (RSS)'),
          measured: `VmRSS of the agent, every 2 s for ${seconds} s while it reads a list of ${subject.size} members, each with a role of its own, every 3 s, a long one up to every 10 s, and nothing changes`,
          unit: 'MB',
          samples: subject.memory.idle,
          plain: { what, samples: small.memory.idle },
        },
        {
          name: name('agent, CPU'),
          measured: `its user and system time meanwhile, in percent of one core`,
          unit: '%',
          samples: [subject.cpu.idle],
          plain: { what, samples: [small.cpu.idle] },
        },
        {
          name: name('agent, memory with a change a second'),
          measured: 'the same after each change, with one change a second',
          unit: 'MB',
          samples: subject.memory.changing,
          plain: { what, samples: small.memory.changing },
          ...(subject.size === LARGEST && { target: { of: 'max', atMost: 120 } as const }),
        },
        {
          name: name('agent, CPU with a change a second'),
          measured: 'the same while one member a second moves to another address',
          unit: '%',
          samples: [subject.cpu.changing],
          plain: { what, samples: [small.cpu.changing] },
        },
        {
          name: name('from a change to the hosts file'),
          measured:
            "from the change in the fake serf's list of members, which its log tells at once, until the new address is in the node's hosts file",
          unit: 'ms',
          samples: subject.written,
          plain: { what, samples: small.written },
        },
        {
          name: name('from a change to all surfaces'),
          measured:
            'the same until the new address is in the hosts file and in serfnodes_by_id.json, is what the DNS of the node answers, and was told by the HTTP stream',
          unit: 'ms',
          samples: subject.everywhere,
          plain: { what, samples: small.everywhere },
          ...(subject.size === LARGEST && { target: { of: 'p95', atMost: 50 } as const }),
        },
      ]
    })
  },
}
