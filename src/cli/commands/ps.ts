import { join } from 'node:path'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import { type Context, defineCommand, jsonOption } from '../command.ts'
import { type ShownNode, viewEngine } from '../engine-view.ts'
import { parseStatus } from '../node-status.ts'
import { NO_NODE, renderNodes } from '../node-table.ts'

type Options = { json?: boolean }

/** What a node without a socket can tell of itself. */
const fromFiles = async ({ runDir }: Context): Promise<ShownNode[]> => {
  const status = parseStatus(await readIfThere(join(runDir, 'status.json')))
  if (!status) throw new CliError('failed', 'read the status of this node: there is none yet')
  const { name, role, cluster, phase, warnings, children } = status
  return [
    {
      node: name,
      container: name,
      role,
      cluster,
      state: 'running',
      phase,
      image: '',
      ports: [],
      warnings,
      children: children.map(({ since: _, ...child }) => child),
    },
  ]
}

const nodesToShow = async (context: Context): Promise<ShownNode[]> => {
  const docker = await context.docker()
  if (!context.inNode) return viewEngine(docker)
  try {
    const boot = JSON.parse((await readIfThere(join(context.runDir, 'boot.json'))) ?? '{}')
    const own = (await viewEngine(docker)).filter((node) => node.id === boot.id)
    if (own.length > 0) return own
  } catch {
    // No socket in here, or an engine that does not answer: the node's own file is enough.
  }
  return fromFiles(context)
}

export const ps = defineCommand<Options>({
  summary: 'list the nodes of this engine and their children',
  description:
    'Stopped nodes too, and children that wait to be created. Inside a node: only that node.',
  arguments: [],
  options: [jsonOption()],
  examples: [
    ['serfnode ps', 'what runs here, and why something does not'],
    [
      `serfnode ps --json | jq '.[].children[] | select(.state == "backoff")'`,
      'what keeps failing',
    ],
  ],
  place: 'anywhere',
  run: async ({ json }, context) => {
    const nodes = await nodesToShow(context)
    if (json) context.out.line(JSON.stringify(nodes, null, 2))
    else if (nodes.length === 0) context.err.line(NO_NODE)
    else context.out.write(renderNodes(nodes, context.out, Date.now()))
    return 0
  },
})
