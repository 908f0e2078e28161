import { addressOf, resolved } from '../../test/support/cluster.ts'
import { docker } from '../../test/support/docker.ts'
import type { Context, Scenario } from '../kit/context.ts'
import { type Figure, surplus } from '../kit/figure.ts'
import { addressIn, assertSameFile, hostsFileOf } from '../kit/hosts-file.ts'
import { readNodeLog, whenLogged } from '../kit/node-log.ts'
import { remove, runPlain, startNodes, ymlOf } from '../kit/nodes.ts'
import { createStepTimes } from '../kit/steps.ts'
import { until } from '../kit/until.ts'

const STEPS = [
  "the node's container runs",
  'its agent logs its first line',
  'its serf is up',
  "its child's container is created",
  'its child runs',
  'its serf has taken its service',
  'its role is in the hosts file',
]

const plainStart = async (context: Context, run: number): Promise<number> => {
  const began = Date.now()
  const plain = await runPlain(context, `plain-${run}`)
  const runs = await context.events.next(plain, 'start', began)
  await remove(plain)
  return (runs - began) / 1000
}

/** One node with one child, from nothing until a child of another node resolves its role. */
export const start: Scenario = {
  name: 'start',
  title: 'a node starts with one child',
  run: async (context) => {
    const { cluster, events, signal } = context
    const [watcher] = await startNodes(context, ['watcher'])
    const path = await hostsFileOf(watcher!.child)
    await assertSameFile(watcher!.child, path)
    const steps = createStepTimes(STEPS)

    const nodeStart = async (run: number): Promise<number> => {
      const role = `fresh${run}`
      const began = Date.now()
      const node = await cluster.start(role, { role, yml: ymlOf('app') })
      await until(`${role} is in ${path}`, () => addressIn(path, role), { signal })
      const resolves = Date.now()
      if ((await resolved(watcher!.child, role)) !== (await addressOf(node))) {
        throw new Error(`${role} leads to another address than that of ${node}`)
      }
      const child = cluster.child(role, 'app')
      await docker('stop', node)
      // All of it: the last line may come after the name.
      const log = await readNodeLog(node)
      steps.add(began, {
        "the node's container runs": await events.next(node, 'start', began),
        'its agent logs its first line': log[0]?.at,
        'its serf is up': whenLogged(log, /^serf is up/),
        "its child's container is created": await events.next(child, 'create', began),
        'its child runs': await events.next(child, 'start', began),
        'its serf has taken its service': whenLogged(log, /^service visible/),
        'its role is in the hosts file': resolves,
      })
      await remove(node, child)
      return (resolves - began) / 1000
    }

    const [nodes, plain]: [number[], number[]] = [[], []]
    for (let run = 1; run <= context.runs(30); run += 1) {
      context.note(`run ${run}`)
      plain.push(await plainStart(context, run))
      nodes.push(await nodeStart(run))
    }
    const figure: Figure = {
      name: 'start of a node with one child',
      measured:
        "from the call of `docker run -d` until the node's role is in the hosts file of another node's child (it resolves from then on); plain: from the call of `docker run -d` of the same child until the engine says that it runs",
      unit: 's',
      samples: nodes,
      plain: { what: 'docker run -d', samples: plain },
      steps: steps.samples,
    }
    const more = 'start: more than plain `docker run -d`'
    return [figure, surplus(figure, more, { of: 'max', atMost: 1.5 })]
  },
}
