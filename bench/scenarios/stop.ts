import { existsSync } from 'node:fs'
import { docker } from '../../test/support/docker.ts'
import type { Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { readNodeLog, whenLogged } from '../kit/node-log.ts'
import { remove, startNodes, type Up } from '../kit/nodes.ts'
import { createPlainSerfs, untilStatus } from '../kit/plain-serfs.ts'
import { pidOfPart } from '../kit/processes.ts'
import { createStepTimes } from '../kit/steps.ts'
import { until } from '../kit/until.ts'

const STEPS = [
  'its agent hears of it',
  'its service is hidden',
  'its name is gone everywhere',
  'its children are stopped',
  'its serf has left and ended',
  'its container ends',
  '`docker stop` returns',
]

/** `docker stop` of a node until its name is gone from the hosts files of three others. */
export const stop: Scenario = {
  name: 'stop',
  title: 'a node is stopped',
  run: async (context) => {
    const { events, signal } = context
    const nodes = await startNodes(context, ['one', 'two', 'three'])
    const plainSerfs = createPlainSerfs(context)
    const serfs = await plainSerfs.startAll(['serf1', 'serf2', 'serf3'])
    const steps = createStepTimes(STEPS)

    const plainStop = async (run: number): Promise<number> => {
      const name = `leaving-serf${run}`
      const container = await plainSerfs.run(name)
      await untilStatus(serfs, name, 'alive', signal)
      const began = Date.now()
      const leaving = untilStatus(serfs, name, 'left', signal).then(() => Date.now())
      const [left] = await Promise.all([leaving, docker('stop', container)])
      await remove(container)
      return (left - began) / 1000
    }

    const nodeStop = async (run: number): Promise<{ gone: number; afterLeave: number }> => {
      const role = `leaving${run}`
      const [node] = await startNodes(context, [role])
      const has = ({ hostsFile }: Up) => addressIn(hostsFile, role) !== undefined
      await until(`all have ${role}`, () => nodes.every(has) || undefined, { signal })
      const serf = `/proc/${await pidOfPart(node!.container, 'serf')}`
      const began = Date.now()
      const isGone = () => (nodes.some(has) ? undefined : Date.now())
      const hasLeft = () => (existsSync(serf) ? undefined : Date.now())
      const stopping = docker('stop', node!.container).then(() => Date.now())
      const [gone, left, returned] = await Promise.all([
        until(`${role} is gone`, isGone, { signal }),
        until(`the serf of ${role} has left`, hasLeft, { signal }),
        stopping,
      ])
      const log = await readNodeLog(node!.container)
      steps.add(began, {
        'its agent hears of it': whenLogged(log, /^stopping/),
        'its service is hidden': whenLogged(log, /^service hidden/, began),
        'its name is gone everywhere': gone,
        'its children are stopped': whenLogged(log, /^the children are stopped/),
        'its serf has left and ended': left,
        'its container ends': await events.next(node!.container, 'die', began),
        '`docker stop` returns': returned,
      })
      await remove(node!.container, node!.child)
      return { gone: (gone - began) / 1000, afterLeave: Math.max(0, gone - left) / 1000 }
    }

    const runs: { gone: number; afterLeave: number; plain: number }[] = []
    for (let run = 1; run <= context.runs(30); run += 1) {
      context.note(`run ${run}`)
      const plain = await plainStop(run)
      runs.push({ plain, ...(await nodeStop(run)) })
    }
    const figures: Figure[] = [
      {
        name: "a stopped node's name is gone",
        measured:
          'from the call of `docker stop` of a node whose child ends at once until its role is in none of the hosts files of three other nodes; plain: from the call of `docker stop` of a bare serf until three others list it as left',
        unit: 's',
        samples: runs.map(({ gone }) => gone),
        plain: { what: 'bare serf', samples: runs.map(({ plain }) => plain) },
        target: { of: 'max', atMost: 3 },
        steps: steps.samples,
      },
      {
        name: 'stop: of which after serf has left',
        measured:
          "of that time, what comes after the node's serf has left and its process has ended; 0 when the name was gone before, since a node hides its service first",
        unit: 's',
        samples: runs.map(({ afterLeave }) => afterLeave),
        target: { of: 'max', atMost: 1 },
      },
    ]
    return figures
  },
}
