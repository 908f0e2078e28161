import { join } from 'node:path'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import { type Context, defineCommand, jsonOption } from '../command.ts'
import { showSpan } from '../duration.ts'
import { type ShownChild, type ShownNode, viewEngine } from '../engine-view.ts'
import { parseStatus } from '../node-status.ts'
import type { Style } from '../screen.ts'
import { type Column, renderTable } from '../table.ts'

type Options = { json?: boolean }

/** One line of the table: a node, or one of its children. */
type Row = { node: ShownNode; child?: ShownChild }

const STYLES: Record<string, Style> = {
  running: 'green',
  up: 'green',
  backoff: 'red',
  dead: 'red',
  gone: 'red',
  waiting: 'yellow',
  joining: 'yellow',
  pulling: 'yellow',
  starting: 'yellow',
}

const stateOf = ({ node, child }: Row): string => child?.state ?? node.phase ?? node.state

const list = (texts: readonly string[]): string => texts.join(', ')

// Docker names an image by its id when the name has moved on to another.
const showImage = (image: string): string => image.replace(/^sha256:([0-9a-f]{12}).*/, '$1')

/** Why a child is as it is, and when it is tried again. */
export const reasonOf = (child: ShownChild, nowMs: number): string => {
  const { state, restarts, last_reason: reason = '', next_try, waiting_for, warnings } = child
  const next = next_try === undefined ? Number.NaN : Date.parse(next_try) - nowMs
  const parts = [
    waiting_for && waiting_for.length > 0 ? `waits for ${list(waiting_for)}` : '',
    // A child that runs and never ended has nothing to explain.
    state !== 'running' ? reason : restarts > 0 && reason ? `before: ${reason}` : '',
    next > 0 ? `next try in ${showSpan(next)}` : '',
    ...warnings,
  ]
  return parts.filter(Boolean).join('; ')
}

const columns = (nowMs: number): Column<Row>[] => [
  { title: 'NODE', value: ({ node }) => node.node, rank: 0, least: 12 },
  { title: 'CHILD', value: ({ child }) => child?.name ?? '', rank: 1, least: 10 },
  { title: 'STATE', value: stateOf, style: (row) => STYLES[stateOf(row)] ?? 'dim', rank: 2 },
  {
    title: 'RESTARTS',
    value: ({ child }) => (child ? String(child.restarts) : ''),
    rank: 3,
  },
  {
    title: 'CONTAINER',
    value: ({ node, child }) => (child ?? node).container,
    rank: 5,
    least: 16,
  },
  {
    title: 'IMAGE',
    value: ({ node, child }) => showImage((child ?? node).image),
    rank: 7,
    least: 16,
  },
  {
    title: 'PORTS',
    value: ({ node, child }) => (child ? '' : list(node.ports)),
    rank: 6,
    least: 14,
    optional: true,
  },
  {
    title: 'REASON',
    value: ({ node, child }) => (child ? reasonOf(child, nowMs) : list(node.warnings)),
    rank: 4,
    least: 24,
    optional: true,
  },
]

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
    const rows = nodes.flatMap((node): Row[] => [
      { node },
      ...node.children.map((child) => ({ node, child })),
    ])
    if (json) context.out.line(JSON.stringify(nodes, null, 2))
    else if (rows.length === 0) context.err.line('no node on this engine; serfnode run starts one')
    else context.out.write(renderTable(columns(Date.now()), rows, context.out))
    return 0
  },
})
