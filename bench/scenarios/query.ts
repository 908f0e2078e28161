import type { Serfnode } from '../../src/client/index.ts'
import type { Scenario } from '../kit/context.ts'
import { controlOf } from '../kit/control.ts'
import { startNodes } from '../kit/nodes.ts'
import { createPlainSerfs, type PlainSerf } from '../kit/plain-serfs.ts'

const NAMES = ['one', 'two', 'three']

const askNodes = async (api: Serfnode): Promise<number> => {
  const began = performance.now()
  for await (const record of api.ask('where')) {
    if (record.type === 'end' && record.answered !== NAMES.length) {
      throw new Error(`${record.answered} of ${NAMES.length} answered`)
    }
  }
  return performance.now() - began
}

const askSerfs = async ({ serf }: PlainSerf, signal: AbortSignal): Promise<number> => {
  const began = performance.now()
  for await (const { type } of serf.query({ name: 'where' }, signal)) if (type === 'done') break
  return performance.now() - began
}

/** A query that all nodes answer, until it ends. */
export const query: Scenario = {
  name: 'query',
  title: 'three nodes answer a query',
  run: async (context) => {
    const [one] = await startNodes(context, NAMES)
    const [serf] = await createPlainSerfs(context).startAll(NAMES.map((name) => `serf-${name}`))
    const api = await controlOf(one!.container)
    const [own, plain]: [number[], number[]] = [[], []]
    try {
      for (let run = 0; run < context.runs(30); run += 1) {
        context.note(`run ${run + 1}`)
        plain.push(await askSerfs(serf!, context.signal))
        own.push(await askNodes(api))
      }
    } finally {
      api.close()
    }
    return [
      {
        name: 'a query answered by three nodes',
        measured:
          'from the call over the control socket until the query has ended, all three having answered `where`; plain: over the RPC of a bare serf in a cluster of three, until it says that the query is done',
        unit: 'ms',
        samples: own,
        plain: { what: 'bare serf', samples: plain },
        target: { of: 'median', atMost: 350 },
      },
    ]
  },
}
