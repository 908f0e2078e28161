import { showSpan } from './duration.ts'
import type { ShownChild, ShownNode } from './engine-view.ts'
import type { Screen, Style } from './screen.ts'
import { type Column, renderTable } from './table.ts'

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

/** How the state of a node or child is painted. */
export const NO_NODE = 'no node on this engine; serfnode run starts one'

export const styleOf = (state: string): Style => STYLES[state] ?? 'dim'

const stateOf = ({ node, child }: Row): string => child?.state ?? node.phase ?? node.state

// Docker names an image by its id when the name has moved on to another.
export const showImage = (image: string): string => image.replace(/^sha256:([0-9a-f]{12}).*/, '$1')

/** Why a child is as it is, and when it is tried again. */
export const reasonOf = (child: ShownChild, nowMs: number): string => {
  const { state, restarts, last_reason: reason = '', next_try, waiting_for, warnings } = child
  const next = next_try === undefined ? Number.NaN : Date.parse(next_try) - nowMs
  const parts = [
    waiting_for && waiting_for.length > 0 ? `waits for ${waiting_for.join(', ')}` : '',
    // A child that runs and never ended has nothing to explain.
    state !== 'running' ? reason : restarts > 0 && reason ? `before: ${reason}` : '',
    next > 0 ? `next try in ${showSpan(next)}` : '',
    ...warnings,
  ]
  return parts.filter(Boolean).join('; ')
}

/** On a terminal a child stands below its node; elsewhere each line is one for grep. */
const nameOf = ({ node, child }: Row, isTree: boolean): string => {
  if (child === undefined) return node.node
  return isTree ? `  ${child.name}` : `${node.node}/${child.name}`
}

const columnsOf = (nowMs: number, isTree: boolean): Column<Row>[] => [
  { title: 'NODE', value: (row) => nameOf(row, isTree), rank: 0, least: 12 },
  { title: 'STATE', value: stateOf, style: (row) => styleOf(stateOf(row)), rank: 1, cut: 'never' },
  {
    title: 'RESTARTS',
    value: ({ child }) => (child ? String(child.restarts) : ''),
    rank: 2,
    cut: 'never',
  },
  { title: 'CONTAINER', value: ({ node, child }) => (child ?? node).container, rank: 4, least: 16 },
  {
    title: 'IMAGE',
    value: ({ node, child }) => showImage((child ?? node).image),
    rank: 6,
    least: 16,
  },
  {
    title: 'PORTS',
    value: ({ node, child }) => (child ? '' : node.ports.join(', ')),
    rank: 5,
    least: 14,
    cut: 'end',
    optional: true,
  },
  {
    title: 'REASON',
    value: ({ node, child }) => (child ? reasonOf(child, nowMs) : node.warnings.join('; ')),
    rank: 3,
    cut: 'below',
    optional: true,
  },
]

/** Nodes with their children, as `ps` prints them. */
export const renderNodes = (
  nodes: readonly ShownNode[],
  screen: Pick<Screen, 'columns' | 'paint'>,
  nowMs: number,
): string => {
  const rows = nodes.flatMap((node): Row[] => [
    { node },
    ...node.children.map((child) => ({ node, child })),
  ])
  return renderTable(columnsOf(nowMs, screen.columns !== undefined), rows, screen)
}
