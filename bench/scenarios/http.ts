import { join } from 'node:path'
import { IMAGE } from '../../test/support/cluster.ts'
import { docker, TEST_LABEL, tryDocker } from '../../test/support/docker.ts'
import type { LoadResult } from '../http-load/main.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { bundleProgram } from '../kit/fake-serf.ts'
import type { Figure } from '../kit/figure.ts'
import { startNodes } from '../kit/nodes.ts'

const RATE = 200
/** Seconds between two changes of the catalog while the load runs. */
const CHANGE_S = 0.5

type Load = { program: string; node: string; rate: number; seconds: number; watchers: number }

/** A container beside the node, as a child is. */
const startLoad = async ({ cluster }: Context, load: Load): Promise<LoadResult> => {
  const { program, node, rate, seconds, watchers } = load
  const { code, stdout, stderr } = await tryDocker(
    [
      ...['run', '--rm', '--network', `container:${node}`, '--label', 'io.serfnode.helper=bench'],
      ...['--label', `${TEST_LABEL}=${cluster.cluster}`, '-v', `${program}:/load:ro`],
      ...['--entrypoint', '/usr/local/bin/node', IMAGE, '/load', 'load'],
      ...[rate, seconds, watchers].map(String),
    ],
    300_000,
  )
  if (code !== 0) throw new Error(`load: exit ${code}: ${stderr}`)
  const result: LoadResult = JSON.parse(stdout)
  if (result.bad > 0) throw new Error(`load: ${result.bad} requests were not answered with 200`)
  return result
}

/** The HTTP API under the load of a child, with watchers that are woken all the time. */
export const http: Scenario = {
  name: 'http',
  title: 'a child asks the HTTP API',
  run: async (context) => {
    const { cluster, note } = context
    const [one, other] = await startNodes(context, ['one', 'two', 'three'])
    const program = await bundleProgram('http-load/main.ts', join(cluster.folder, 'load'))
    const seconds = context.amount(20, 3)
    const node = one!.container
    // One shell for all: each exec of the engine's would cost more than what is measured.
    const change = `i=0; while serf tags -set bench=$i; do i=$((i+1)); sleep ${CHANGE_S}; done`
    await docker('exec', '-d', other!.container, 'sh', '-c', change)
    const results = { 1: [] as LoadResult[], 100: [] as LoadResult[] }
    const most = { 1: [] as LoadResult[], 100: [] as LoadResult[] }
    for (let run = 0; run < context.runs(5); run++) {
      note(`run ${run + 1}`)
      for (const watchers of [1, 100] as const) {
        const asked = { program, node, rate: RATE, seconds, watchers }
        results[watchers].push(await startLoad(context, asked))
        const all = { ...asked, rate: 0, seconds: seconds / 2 }
        most[watchers].push(await startLoad(context, all))
      }
    }
    const besides = (watchers: 1 | 100) => (watchers === 1 ? 'one watcher' : `${watchers} watchers`)
    const p99 = (watchers: 1 | 100): Figure => ({
      name: `${RATE} requests a second, ${besides(watchers)}: p99`,
      measured: `of GET /v1/members by a child, each from when it was due to its last byte; the 99th of 100, by run of ${seconds} s. Half of the watchers wait for the next list of members, half follow the stream; a tag of another node changed every ${CHANGE_S} s`,
      unit: 'ms',
      samples: results[watchers].map((result) => result.p99),
      target: { of: 'median', atMost: 20 },
    })
    const perSecond = (watchers: 1 | 100): Figure => ({
      name: `requests a second, ${besides(watchers)}`,
      measured: 'GET /v1/members, eight at a time, as many as go, by run, beside the same watchers',
      unit: '',
      samples: most[watchers].map((result) => result.perSecond),
    })
    return [p99(1), p99(100), perSecond(1), perSecond(100)]
  },
}
