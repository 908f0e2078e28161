import { removeNode } from '../../children/remove-node.ts'
import { argument, defineCommand, option } from '../command.ts'
import { type EngineNode, findNodes, nodeCalled } from '../nodes.ts'
import { createProgress } from '../progress.ts'
import { graceOf } from './stop.ts'

type Options = { nodes: string[]; volumes?: boolean; force?: boolean }

export const rm = defineCommand<Options>({
  summary: 'remove nodes with their children',
  description:
    'A running node stops its children and leaves the cluster first. Named volumes stay in any case.',
  arguments: [argument('<nodes...>', 'container name, id or node name')],
  options: [
    option('-v, --volumes', 'also the anonymous volumes of the node and its children'),
    option('-f, --force', 'kill the node instead of stopping it; a node that is not there is fine'),
  ],
  examples: [
    ['serfnode rm web', 'stop and remove a node and its children'],
    ['serfnode rm -v web1 web2', 'with the data in their anonymous volumes'],
  ],
  place: 'anywhere',
  run: async ({ nodes: wanted, volumes = false, force = false }, context) => {
    const docker = await context.docker()
    const all = await findNodes(docker)
    const chosen = new Set<EngineNode>()
    for (const name of wanted) {
      try {
        chosen.add(nodeCalled(all, name))
      } catch (error) {
        if (!force) throw error
        context.err.line(`no node ${name} on this engine`)
      }
    }
    const progress = createProgress(context.err)
    // One after the other: nodes that share volumes would race for them.
    for (const node of chosen) {
      progress.say(`removing ${node.container}`)
      await removeNode(docker, node.containerId, {
        volumes,
        timeoutS: force ? 0 : await graceOf(docker, node),
        onRemoved: (container) => {
          progress.done()
          context.out.line(container)
        },
      })
    }
    progress.done()
    return 0
  },
})
