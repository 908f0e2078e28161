import { pause } from '../../src/lib/wait.ts'
import { addressOf } from '../../test/support/cluster.ts'
import {
  buildDnsTools,
  DNS_TOOLS,
  type Lookups,
  lookUpFor,
  untilLooked,
} from '../../test/support/dns.ts'
import { docker, TEST_LABEL, tryDocker } from '../../test/support/docker.ts'
import type { Context, Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { p99 } from '../kit/stats.ts'

const LIBCS = ['glibc', 'musl'] as const
/** Each waits as long after a lookup, so that none has the machine for itself. */
const PAUSE_MS = 1
const KILL_EVERY_MS = 1_000

/** A node with a child, and two plain containers, all on a network that has Docker's own DNS. */
const startAll = async ({ cluster }: Context) => {
  await buildDnsTools()
  const network = `${cluster.cluster}-net`
  await docker('network', 'create', '--label', `${TEST_LABEL}=${cluster.cluster}`, network)
  const args = ['--network', network]
  const yml = JSON.stringify({ children: [{ app: { image: DNS_TOOLS, init: true } }] })
  const node = await cluster.start('own', { role: 'own', yml, args })
  const label = ['--label', `${TEST_LABEL}=${cluster.cluster}`]
  const plain = cluster.container('plain')
  await docker('run', '-d', '--init', '--name', plain, ...label, ...args, DNS_TOOLS)
  const child = cluster.child('own', 'app')
  await untilLooked(child, 'glibc', 'own.serf', [await addressOf(node)])
  return { node, child, plain }
}

type All = Awaited<ReturnType<typeof startAll>>

/** What a child finds while its agent is killed again and again. */
const withoutAgent = async ({ node, child }: All, ms: number, signal: AbortSignal) => {
  const over = new AbortController()
  const killing = (async () => {
    while (!over.signal.aborted && !signal.aborted) {
      await tryDocker(['exec', node, 's6-svc', '-k', '/run/service/agent'])
      await pause(KILL_EVERY_MS, over.signal)
    }
  })()
  const looking = LIBCS.map((libc) => lookUpFor(child, libc, 'own.serf', { ms, pauseMs: PAUSE_MS }))
  const results = await Promise.all(looking)
  over.abort()
  await killing
  return results
}

/** A name is looked up in a child: in DNS, in the hosts file, and beside it in Docker's DNS. */
export const dns: Scenario = {
  name: 'dns',
  title: 'a child looks up names',
  run: async (context) => {
    const all = await startAll(context)
    const { child, plain } = all
    const ms = context.amount(2_000, 500)
    const found: Record<string, Lookups[]> = {}
    const look = async (
      key: string,
      ...[where, libc, name]: [string, 'glibc' | 'musl', string]
    ) => {
      const result = await lookUpFor(where, libc, name, { ms, pauseMs: PAUSE_MS })
      if (result.failures > 0) throw new Error(`${name}: ${result.error}`)
      found[key] = [...(found[key] ?? []), result]
    }
    for (let run = 0; run < context.runs(5); run++) {
      context.note(`run ${run + 1}`)
      context.signal.throwIfAborted()
      for (const libc of LIBCS) {
        await look(`${libc} dns`, child, libc, 'own.serf')
        await look(`${libc} hosts`, child, libc, 'own')
        await look(`${libc} docker`, plain, libc, plain)
      }
    }
    context.note('the agent is killed every second')
    const killed = await withoutAgent(all, context.amount(20_000, 3_000), context.signal)
    return [
      ...LIBCS.flatMap((libc) => figuresOf(libc, found)),
      {
        name: 'lookups while the agent is killed every second: failures',
        measured: `of ${killed.reduce((sum, { lookups }) => sum + lookups, 0)} lookups of \`own.serf\` in a child, by glibc and by musl`,
        unit: '',
        samples: killed.map(({ failures }) => failures),
        target: { of: 'max', atMost: 0 },
      },
      {
        name: 'lookups while the agent is killed every second: longest',
        measured: 'of the same lookups',
        unit: 'ms',
        samples: killed.map(({ us }) => (us.at(-1) ?? 0) / 1000),
      },
    ]
  },
}

const figuresOf = (libc: string, found: Record<string, Lookups[]>): Figure[] => {
  const runs = (from: string) => found[`${libc} ${from}`] ?? []
  const all = (from: string) => runs(from).flatMap(({ us }) => us)
  const worst = (from: string) => runs(from).map(({ us }) => p99(us))
  const docker = "Docker's DNS"
  return [
    {
      name: `a name in DNS, ${libc}`,
      measured: `getaddrinfo of \`own.serf\` in a child, IPv4 and IPv6 asked; plain: of the name of a container, in a container without a node, by ${docker}`,
      unit: 'µs',
      samples: all('dns'),
      plain: { what: docker, samples: all('docker') },
    },
    {
      name: `a name in DNS, ${libc}: p99`,
      measured: 'of the same lookups, by run',
      unit: 'µs',
      samples: worst('dns'),
      plain: { what: docker, samples: worst('docker') },
    },
    {
      name: `a name in the hosts file, ${libc}`,
      measured: 'getaddrinfo of `own` in the same child',
      unit: 'µs',
      samples: all('hosts'),
    },
  ]
}
