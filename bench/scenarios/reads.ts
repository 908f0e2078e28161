import { join } from 'node:path'
import { addressOf, IMAGE } from '../../test/support/cluster.ts'
import { TEST_LABEL, tryDocker } from '../../test/support/docker.ts'
import type { ReaderResult } from '../hosts-reader/main.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { bundleProgram, startFakeNode } from '../kit/fake-serf.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { until } from '../kit/until.ts'

const ROLE = 'hub'
/** Roles that stay, and roles that come and go all the time: 60 to 100 lines, over 4,096 bytes. */
const STAYING = 60
const COMING = 40
const EVERY_MS = 5
/** Bytes of one read: all at once, and as libc does it. */
const CHUNKS = [1 << 20, 4_096]

type ReaderOptions = {
  program: string
  node: string
  /** At least so many. */
  reads: number
  changes: number
  /** Bytes of one read. */
  chunk: number
}

/** A container beside the node that shares its hosts file, as a child does. */
const startReader = async (
  { cluster }: Context,
  { program, node, chunk, ...least }: ReaderOptions,
): Promise<ReaderResult> => {
  const asked = [least.reads, least.changes, chunk].map(String)
  const own = [ROLE, await addressOf(node)]
  const { code, stdout, stderr } = await tryDocker(
    [
      ...['run', '--rm', '--network', `container:${node}`, '--label', 'io.serfnode.helper=bench'],
      ...['--label', `${TEST_LABEL}=${cluster.cluster}`, '-v', `${program}:/reader:ro`],
      ...['--entrypoint', '/usr/local/bin/node', IMAGE, '/reader', ...asked, ...own],
    ],
    600_000,
  )
  if (code !== 0) throw new Error(`reader: exit ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

const cutShort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** Readers of a hosts file that an agent rewrites all the time see it whole every time. */
export const reads: Scenario = {
  name: 'reads',
  title: 'a million reads of /etc/hosts while it is rewritten',
  run: async (context) => {
    const { cluster, signal } = context
    const node = await startFakeNode(context, ROLE)
    await node.order({ do: 'members', count: STAYING })
    const last = `role${STAYING - 1}`
    await until(`${last} is in the hosts file`, () => addressIn(node.hostsFile, last), { signal })
    const program = await bundleProgram('hosts-reader/main.ts', join(cluster.folder, 'reader'))
    const total = context.amount(1_000_000, 20_000)
    const changes = context.amount(500, 20)
    const churn = { do: 'churn', first: STAYING, count: COMING } as const
    await node.order({ ...churn, everyMs: EVERY_MS })
    context.note(`${CHUNKS.length} readers`)
    const each = { program, node: node.container, reads: total / CHUNKS.length, changes }
    const reading = CHUNKS.map((chunk) => startReader(context, { ...each, chunk }))
    // The readers end with the cluster's containers.
    const results = await Promise.race([Promise.all(reading), cutShort(signal)])
    const { changes: told } = await node.order({ ...churn, everyMs: 0 })
    node[Symbol.dispose]()

    const seen = results.map((result) => result.changes)
    if (Math.min(...seen) < changes) {
      throw new Error(`the file was hardly rewritten: readers saw ${seen.join(' and ')} changes`)
    }
    for (const { sample } of results) if (sample) console.log(`a faulty text:\n${sample}`)
    const count = (
      name: string,
      fault: keyof ReaderResult['faults'],
      measured: string,
    ): Figure => ({
      name,
      measured,
      unit: '',
      samples: results.map(({ faults }) => faults[fault]),
      target: { of: 'max', atMost: 0 },
    })
    const done = `${results.reduce((sum, each) => sum + each.reads, 0).toLocaleString('en')} reads`
    return [
      {
        name: `${done}: changes seen`,
        measured: `how often each of two readers, containers that share the node's network as children do, saw another text than the time before; one reads all at once, one 4,096 bytes at a time like libc. Meanwhile members joined or left ${told} times, one every ${EVERY_MS} ms, and the agent wrote the file`,
        unit: '',
        samples: seen,
      },
      count('reads: empty', 'empty', 'of these reads, those of no bytes, by reader'),
      count('reads: without localhost', 'no localhost', 'those without the line of localhost'),
      count(
        'reads: with half a line',
        'half a line',
        'those with a line that is neither one of Docker nor a whole one of ours',
      ),
      count(
        'reads: with a wrong address',
        'wrong address',
        'those with a role at the address of another',
      ),
      {
        name: 'reads: time of one',
        measured: "a reader's time divided by its reads, checking included",
        unit: 'µs',
        samples: results.map(({ ms, reads: of }) => (1000 * ms) / of),
      },
    ]
  },
}
