import { once } from 'node:events'
import { createBell } from '../../children/bell.ts'
import { describeError } from '../../lib/errors.ts'
import { CliError } from '../cli-error.ts'
import { argument, type Context, defineCommand, nodeOption, option } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { viewEngine } from '../engine-view.ts'
import { NO_NODE, renderNodes } from '../node-table.ts'
import { type EngineNode, findNodes, nodeToAsk } from '../nodes.ts'
import { printable } from '../printable.ts'
import { captureInNode } from '../run-in-node.ts'
import type { Screen } from '../screen.ts'
import { reportNode } from '../status/node-report.ts'
import { renderReport } from '../status/render-report.ts'
import { withTerminal } from '../terminal.ts'

type Options = { node?: string; interval: number }

/** One frame: the status of the node that is meant, else all nodes of the engine. */
const lookOnce = async (wanted: string | undefined, context: Context): Promise<string> => {
  if (context.inNode && wanted === undefined) {
    return renderReport(await reportNode(context), context.out, Date.now())
  }
  const docker = await context.docker()
  const node = nodeToShow(await findNodes(docker), wanted)
  if (node) return captureInNode(docker, node, ['status'], context)
  const view = await viewEngine(docker)
  return view.length === 0 ? NO_NODE : renderNodes(view, context.out, Date.now())
}

/** The one that is named, or the only one that runs. */
const nodeToShow = (nodes: EngineNode[], wanted: string | undefined): EngineNode | undefined => {
  if (wanted !== undefined) return nodeToAsk(nodes, wanted)
  const running = nodes.filter(({ state }) => state === 'running')
  return running.length === 1 ? running[0] : undefined
}

/** What is shown: of when, and why nothing newer is to be had. */
type Seen = { text: string; atMs: number; trouble?: string }

const lookAgain = async (
  wanted: string | undefined,
  before: Seen,
  context: Context,
): Promise<Seen> => {
  try {
    return { text: await lookOnce(wanted, context), atMs: Date.now() }
  } catch (error) {
    return { ...before, trouble: describeError(error) }
  }
}

const titleOf = (
  { atMs, trouble }: Seen,
  { interval, out: { paint } }: { interval: number; out: Screen },
): string => {
  const clock = new Date(atMs).toTimeString().slice(0, 8)
  const title = paint('dim', `serfnode top, every ${interval / 1000}s, q quits; as of ${clock}`)
  return trouble === undefined ? title : `${title}\n${paint('red', printable(trouble))}`
}

export const top = defineCommand<Options>({
  summary: 'show a node, or all nodes of this engine, and what changes',
  description:
    'As status for one node, as ps for several, on the whole terminal until q or Ctrl-C. A node that stops is waited for.',
  arguments: [argument('[node]', 'container name, id or node name')],
  options: [
    nodeOption(),
    option('-i, --interval <time>', 'how often to look, such as 1 or 500ms')
      .argParser(parseDuration)
      .default(2_000, '2s'),
  ],
  examples: [
    ['serfnode top', 'what happens on this engine'],
    ['serfnode top web1 --interval 1', 'watch a node start, a second a look'],
    ['docker exec -it web1 serfnode top', 'the same, on a host without the command'],
  ],
  place: 'anywhere',
  run: async ({ node, interval }, context) => {
    const { out } = context
    if (!out.isTty) {
      throw new CliError('usage', 'top needs a terminal', {
        hint: 'once and for a file or a program: serfnode status, serfnode ps; with docker exec give -it',
      })
    }
    // A name that is wrong from the start is no node to wait for.
    let seen: Seen = { text: await lookOnce(node, context), atMs: Date.now() }
    await withTerminal(context, async (draw, quit) => {
      const bell = createBell()
      out.onResize(bell.ring, quit)
      const ended = once(quit, 'abort')
      while (!quit.aborted) {
        draw(`${titleOf(seen, { interval, out })}\n\n${seen.text}`)
        await bell.wait(interval, quit)
        const next = lookAgain(node, seen, { ...context, signal: quit })
        // An engine that hangs must not keep anybody from quitting.
        await Promise.race([next.then((one) => (seen = one)), ended])
      }
    })
    return context.signal.aborted ? 130 : 0
  },
})
