import { showPorts } from '../commands/members.ts'
import { showSpan } from '../duration.ts'
import type { ChildStatus } from '../node-status.ts'
import { reasonOf, showImage, styleOf } from '../node-table.ts'
import { printable } from '../printable.ts'
import type { Screen, Style } from '../screen.ts'
import { type Column, renderTable } from '../table.ts'
import { wrap } from '../text-width.ts'
import type { NodeReport, ServiceReport } from './node-report.ts'

type Line = { label: string; text: string; style?: Style }

const LABEL_WIDTH = 11

const columns = (nowMs: number): Column<ChildStatus>[] => [
  { title: 'CHILD', value: ({ name }) => name, rank: 0, least: 12 },
  {
    title: 'STATE',
    value: ({ state }) => state,
    style: ({ state }) => styleOf(state),
    rank: 1,
    cut: 'never',
  },
  { title: 'SINCE', value: ({ since }) => span(since, nowMs), rank: 3, cut: 'never' },
  { title: 'RESTARTS', value: ({ restarts }) => String(restarts), rank: 2, cut: 'never' },
  { title: 'CONTAINER', value: ({ container }) => container, rank: 5, least: 16 },
  { title: 'IMAGE', value: ({ image }) => showImage(image), rank: 6, least: 16 },
  {
    title: 'REASON',
    value: (child) => reasonOf(child, nowMs),
    rank: 4,
    cut: 'below',
    optional: true,
  },
]

const span = (since: string | undefined, nowMs: number): string =>
  since === undefined ? '' : showSpan(nowMs - Date.parse(since))

const names = (all: readonly string[], most = 5): string =>
  all.length <= most
    ? all.join(', ')
    : `${all.slice(0, most).join(', ')} and ${all.length - most} more`

const clusterLine = ({ cluster, members, failed = [] }: NodeReport): Line => {
  const counts = Object.entries(members ?? {})
    .filter(([status, count]) => count > 0 || status === 'alive')
    .map(([status, count]) => {
      const who = status === 'failed' ? ` (${names(failed)})` : ''
      return `${count} ${status}${who}`
    })
  const text = members ? `${cluster}: ${counts.join(', ')}` : `${cluster}: serf does not answer`
  return { label: 'cluster', text, ...(failed.length > 0 || !members ? { style: 'yellow' } : {}) }
}

const serviceLines = (report: NodeReport): Line[] => {
  const { service_ip, service_port, serf_ip, hidden, ports = {} } = report
  const port = service_port === undefined || service_port === '0' ? '' : `:${service_port}`
  // A node of an older version tells nothing of it.
  if (serf_ip === undefined) return []
  return [
    { label: 'address', text: `${serf_ip}:${report.serf_port}` },
    service_ip === undefined
      ? { label: 'service', text: `hidden, ${hidden}`, style: 'yellow' }
      : { label: 'service', text: `${service_ip}${port}`, style: 'green' },
    { label: 'ports', text: showPorts(ports) || 'none' },
  ]
}

/** What is wrong with the agent or serf, and since when what is shown is old. */
const troubleLine = (label: string, one: ServiceReport, nowMs: number): Line[] => {
  const { state, since, reason } = one
  if (state === 'up') return []
  const isOld = label === 'agent' && state !== 'unknown'
  const old = isOld ? 'children and warnings are shown as they were then' : ''
  const time = since === undefined ? '' : ` for ${span(since, nowMs)}`
  const text = [`${state}${time}`, old, reason].filter(Boolean).join('; ')
  return [{ label, text, style: 'red' }]
}

/** A node on one screen. */
export const renderReport = (
  report: NodeReport,
  screen: Pick<Screen, 'columns' | 'paint'>,
  nowMs: number,
): string => {
  const { name, id, role, phase, version, timestamp, container, warnings, children } = report
  const age =
    timestamp === undefined ? '' : `, started ${showSpan(nowMs - Number(timestamp) * 1000)} ago`
  const lines: Line[] = [
    {
      label: 'node',
      text: [name, container && `(container ${container})`].filter(Boolean).join(' '),
    },
    { label: 'state', text: `${phase}${age}`, style: styleOf(phase) },
    { label: 'id', text: version === undefined ? id : `${id}, Serfnode ${version}` },
    { label: 'role', text: role },
    clusterLine(report),
    ...serviceLines(report),
    ...troubleLine('agent', report.agent, nowMs),
    ...troubleLine('serf', report.serf, nowMs),
    ...warnings.map((text): Line => ({ label: 'warning', text, style: 'yellow' })),
  ]
  const room = Math.max(20, (screen.columns ?? Number.POSITIVE_INFINITY) - LABEL_WIDTH)
  const head = lines.flatMap(({ label, text, style }) =>
    wrap(printable(text), room).map((part, at) => {
      const start = (at === 0 ? label : '').padEnd(LABEL_WIDTH)
      return `${screen.paint('bold', start)}${screen.paint(style, part)}\n`
    }),
  )
  const table = children.length === 0 ? '' : `\n${renderTable(columns(nowMs), children, screen)}`
  return head.join('') + table
}
