import { argument, defineCommand, jsonOption, nodeOption } from '../command.ts'
import { runInNode } from '../run-in-node.ts'
import { reportNode } from '../status/node-report.ts'
import { renderReport } from '../status/render-report.ts'

type Options = { node?: string; json?: boolean }

export const status = defineCommand<Options>({
  summary: 'show one node: its cluster, service, children and warnings',
  description:
    'Tells what it can when serf or the agent is down. Inside a node: of that node. Else of NODE, or of the oldest one that runs here.',
  arguments: [argument('[node]', 'container name, id or node name')],
  options: [nodeOption(), jsonOption()],
  examples: [
    ['serfnode status web1', 'is it well, and if not, why'],
    ['docker exec web1 serfnode status', 'the same, on a host without the command'],
    [`serfnode status web1 --json | jq '.members.failed'`, 'how many members have failed'],
  ],
  place: 'anywhere',
  run: async ({ node, json }, context) => {
    if (!context.inNode || node !== undefined) {
      return runInNode(['status', ...(json ? ['--json'] : [])], { node, stdin: false }, context)
    }
    const report = await reportNode(context)
    if (json) context.out.line(JSON.stringify(report, null, 2))
    else context.out.write(renderReport(report, context.out, Date.now()))
    return 0
  },
})
