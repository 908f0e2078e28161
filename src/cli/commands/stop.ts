import { LABEL } from '../../children/labels.ts'
import { argument, type Context, defineCommand, option } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { type EngineNode, findNodes, nodeCalled } from '../nodes.ts'
import { createProgress } from '../progress.ts'

type Options = { nodes: string[]; time?: number }

/** What Docker gives a container that does not ask for more. */
const USUAL_GRACE_S = 10
/** For the node itself: leaving the cluster takes about two seconds. */
const LEAVING_S = 5

/** Seconds that a node needs to stop its children one after the other and to leave. */
export const graceOf = async (
  docker: Awaited<ReturnType<Context['docker']>>,
  node: EngineNode,
): Promise<number> => {
  const children = await docker.listContainers({ labels: [`${LABEL.owner}=${node.containerId}`] })
  const inspects = await Promise.all(
    children.map(({ Id }) => docker.inspectContainer(Id).catch(() => undefined)),
  )
  const graces = inspects.map((one) => one?.Config.StopTimeout ?? USUAL_GRACE_S)
  return LEAVING_S + graces.reduce((sum, grace) => sum + grace, 0)
}

export const stop = defineCommand<Options>({
  summary: 'stop nodes and their children; they are kept',
  description:
    'A node stops its children in reverse order, leaves the cluster and ends. docker start brings the same containers back.',
  arguments: [argument('<nodes...>', 'container name, id or node name')],
  options: [
    option('--time <time>', 'how long a node has before it is killed, such as 30 or 2m').argParser(
      parseDuration,
    ),
  ],
  examples: [
    ['serfnode stop web', 'stop one node'],
    ['serfnode stop web1 web2 --time 1m', 'stop two at once, a minute for each'],
  ],
  place: 'anywhere',
  run: async ({ nodes: wanted, time }, context) => {
    const docker = await context.docker()
    const nodes = await findNodes(docker)
    const chosen = [...new Set(wanted.map((name) => nodeCalled(nodes, name)))]
    const progress = createProgress(context.err)
    progress.say(`stopping ${chosen.map(({ container }) => container).join(', ')}`)
    const stopped = await Promise.allSettled(
      chosen.map(async (node) => {
        const timeoutS = time === undefined ? await graceOf(docker, node) : Math.ceil(time / 1000)
        await docker.stopContainer(node.containerId, { timeoutS })
        progress.done()
        context.out.line(node.container)
      }),
    )
    progress.done()
    const failed = stopped.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return 0
  },
})
