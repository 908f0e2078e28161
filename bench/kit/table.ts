import { type Figure, type Unit, verdict } from './figure.ts'
import { max, median, p95 } from './stats.ts'

const DECIMALS: Record<Unit, number> = { s: 2, ms: 1, µs: 1, MB: 1, '%': 2, '': 0 }

export const showValue = (value: number, unit: Unit): string =>
  `${value.toFixed(DECIMALS[unit])}${unit === '' ? '' : ` ${unit}`}`

const HEAD = ['figure', 'median', 'p95', 'max', 'n', 'target', 'result', 'plain: median', 'p95', '']

const rowOf = (figure: Figure): string[] => {
  const { name, unit, samples, plain, target } = figure
  const show = (value: number) => showValue(value, unit)
  return [
    name,
    ...[median, p95, max].map((statistic) => show(statistic(samples))),
    `${samples.length}`,
    target ? `${target.of} ≤ ${show(target.atMost)}` : '',
    verdict(figure),
    ...(plain ? [show(median(plain.samples)), show(p95(plain.samples)), plain.what] : ['', '', '']),
  ]
}

/** A table that reads well as text and is Markdown too. */
export const renderTable = (head: readonly string[], rows: readonly string[][]): string => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

export const renderFigures = (figures: readonly Figure[]): string =>
  renderTable(HEAD, figures.map(rowOf))

/** The steps of one figure, each as its median since the start, in the order of time. */
export const renderSteps = ({ steps = {}, unit }: Figure): string =>
  Object.entries(steps)
    .filter(([, samples]) => samples.length > 0)
    .map(([step, samples]) => ({ step, value: median(samples) }))
    .sort((one, other) => one.value - other.value)
    .map(({ step, value }) => `${step} ${showValue(value, unit)}`)
    .join(', ')
