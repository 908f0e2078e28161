import { readFileSync, writeFileSync } from 'node:fs'
import { pause } from '../../src/lib/wait.ts'
import { lifeOf } from '../../test/support/node.ts'
import type { Context, Scenario } from '../kit/context.ts'
import type { Figure } from '../kit/figure.ts'
import { addressIn } from '../kit/hosts-file.ts'
import { readNodeLog, whenLogged } from '../kit/node-log.ts'
import { startNodes, type Up } from '../kit/nodes.ts'
import { pidOfPart } from '../kit/processes.ts'
import { createStepTimes } from '../kit/steps.ts'
import { until } from '../kit/until.ts'

/** What a new agent does to the children, it does in this time. */
const LOOK_MS = 700

const isGone = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return true
  }
}

/** Writes the file without the line of a name, as nobody but the agent would put it back. */
const takeOut = (path: string, name: string): void => {
  const lines = readFileSync(path, 'latin1').split('\n')
  writeFileSync(path, lines.filter((line) => !line.includes(` ${name} `)).join('\n'), 'latin1')
}

const killAgent = async (
  { signal }: Context,
  node: Up,
  lost: string,
): Promise<{ began: number; serves: number }> => {
  const pid = await pidOfPart(node.container, 'agent')
  const began = Date.now()
  process.kill(pid, 'SIGKILL')
  await until('the agent is dead', () => isGone(pid) || undefined, { signal })
  takeOut(node.hostsFile, lost)
  await until(`${lost} is back`, () => addressIn(node.hostsFile, lost), { signal })
  return { began, serves: Date.now() }
}

/** The agent is killed until it keeps the hosts file again; its children must not notice. */
export const agent: Scenario = {
  name: 'agent',
  title: 'the agent is killed with -9',
  run: async (context) => {
    const nodes = await startNodes(context, ['one', 'two', 'three'])
    const lives = () => Promise.all(nodes.map(({ child }) => lifeOf(child)))
    const steps = createStepTimes(['the new agent is connected to serf', 'it serves'])
    const [served, touched]: [number[], number[]] = [[], []]
    await pause(LOOK_MS, context.signal)
    let before = await lives()
    for (let run = 0; run < context.runs(100); run += 1) {
      context.note(`run ${run + 1}`)
      const node = nodes[run % nodes.length]!
      const lost = nodes[(run + 1) % nodes.length]!.role
      const { began, serves } = await killAgent(context, node, lost)
      served.push((serves - began) / 1000)
      await pause(LOOK_MS, context.signal)
      const after = await lives()
      touched.push(after.filter((life, at) => life !== before[at]).length)
      before = after
      steps.add(began, {
        'the new agent is connected to serf': whenLogged(
          await readNodeLog(node.container),
          /^serf is up/,
          began,
        ),
        'it serves': serves,
      })
    }
    const figures: Figure[] = [
      {
        name: 'a killed agent serves again',
        measured:
          "from a SIGKILL to the agent until the line of another node's role, taken out of the hosts file as soon as the agent is dead, is back: the new agent has read Serf's list and written it",
        unit: 's',
        samples: served,
        target: { of: 'max', atMost: 2 },
        steps: steps.samples,
      },
      {
        name: 'children touched by that',
        measured:
          'children of the three nodes whose container, process or start is another one 0.7 s after the agent serves again, or in the runs that follow',
        unit: '',
        samples: touched,
        target: { of: 'max', atMost: 0 },
      },
    ]
    return figures
  },
}
