import { docker } from '../../test/support/docker.ts'
import type { Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn, hostsFileOf } from '../kit/hosts-file.ts'
import { readNodeLog, whenLogged } from '../kit/node-log.ts'
import { remove, startNodes } from '../kit/nodes.ts'
import { createPlainSerfs, untilStatus } from '../kit/plain-serfs.ts'
import { createStepTimes } from '../kit/steps.ts'
import { until } from '../kit/until.ts'

const STEPS = [
  'its container runs',
  'its serf is up',
  'its serf has taken its service',
  'it is in the first file',
  'in the last',
]

type Joined = { container: string; seconds: number }

/** A node without children is started beside three, until every hosts file has it. */
export const join: Scenario = {
  name: 'join',
  title: 'a node joins three others',
  run: async (context) => {
    const { cluster, events, signal } = context
    const nodes = await startNodes(context, ['one', 'two', 'three'])
    const plainSerfs = createPlainSerfs(context)
    const serfs = await plainSerfs.startAll(['serf1', 'serf2', 'serf3'])
    const steps = createStepTimes(STEPS)

    const plainJoin = async (run: number): Promise<Joined> => {
      const name = `fresh-serf${run}`
      const began = Date.now()
      const container = await plainSerfs.run(name)
      await untilStatus(serfs, name, 'alive', signal)
      return { container, seconds: (Date.now() - began) / 1000 }
    }

    const nodeJoin = async (run: number): Promise<Joined> => {
      const role = `fresh${run}`
      const paths = nodes.map(({ hostsFile }) => hostsFile)
      const knowing = new Map<string, number>()
      // Four files: its own is known to the bench as soon as its container is there.
      const look = (): true | undefined => {
        const fresh = paths.filter((path) => !knowing.has(path) && addressIn(path, role))
        for (const path of fresh) knowing.set(path, Date.now())
        return knowing.size === nodes.length + 1 || undefined
      }
      const began = Date.now()
      const starting = cluster.start(role, { role }).then(async (container) => {
        paths.push(await hostsFileOf(container))
        return container
      })
      const [node] = await Promise.all([
        starting,
        until(`four hosts files have ${role}`, look, { signal }),
      ])
      const instants = [...knowing.values()]
      const log = await readNodeLog(node)
      const all = Math.max(...instants)
      steps.add(began, {
        'its container runs': await events.next(node, 'start', began),
        'its serf is up': whenLogged(log, /^serf is up/),
        'its serf has taken its service': whenLogged(log, /^service visible/),
        'it is in the first file': Math.min(...instants),
        'in the last': all,
      })
      return { container: node, seconds: (all - began) / 1000 }
    }

    const [joined, plain]: [number[], number[]] = [[], []]
    for (let run = 1; run <= context.runs(30); run += 1) {
      context.note(`run ${run}`)
      const ofSerf = await plainJoin(run)
      const ofNode = await nodeJoin(run)
      plain.push(ofSerf.seconds)
      joined.push(ofNode.seconds)
      // They leave properly, since failed members would make the next run another one.
      await docker('stop', ofSerf.container, ofNode.container)
      await remove(ofSerf.container, ofNode.container)
    }
    const figure: Figure = {
      name: 'a new node in every hosts file',
      measured:
        'from the call of `docker run -d` of a node without children until its role is in the hosts files of three running nodes and in its own; plain: from the call of `docker run -d` of a bare serf with `-retry-join` until three others list it as alive',
      unit: 's',
      samples: joined,
      plain: { what: 'bare serf', samples: plain },
      target: { of: 'p95', atMost: 2 },
      steps: steps.samples,
    }
    return [figure]
  },
}
