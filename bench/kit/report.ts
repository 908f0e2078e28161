import { type Figure, verdict } from './figure.ts'
import type { Machine } from './machine.ts'
import type { Result } from './run-scenarios.ts'
import { max, median, p95 } from './stats.ts'
import { renderFigures, renderSteps } from './table.ts'

export type Report = { machine: Machine; tookS: number; results: readonly Result[] }

const section = ({ title, figures, failed, tookS }: Result): string => {
  const parts = [`### ${title[0]?.toUpperCase()}${title.slice(1)} (${tookS} s)`]
  if (failed !== undefined) parts.push(`**Not measured**: ${failed}`)
  for (const { name, measured } of figures) parts.push(`- **${name}**: ${measured}.`)
  for (const figure of figures) {
    const steps = renderSteps(figure)
    if (steps !== '') parts.push(`\nOn the way of "${figure.name}" (median): ${steps}.`)
  }
  return parts.join('\n')
}

/** All of it as Markdown: the table, the machine, and how each figure is measured. */
export const renderReport = ({ machine, tookS, results }: Report): string => {
  const figures = results.flatMap((result) => result.figures)
  const failed = results.filter((result) => result.failed !== undefined)
  return [
    figures.length > 0 ? renderFigures(figures) : 'Nothing was measured.',
    ...failed.map(({ scenario, failed: why }) => `**${scenario} was not measured**: ${why}`),
    '## The machine',
    Object.entries(machine)
      .map(([fact, value]) => `- ${fact}: ${value}`)
      .join('\n'),
    `The whole bench took ${Math.ceil(tookS / 60)} minutes.`,
    '## How each is measured',
    ...results.map(section),
  ].join('\n\n')
}

/** For a program, raw samples included. */
export const reportJson = (report: Report): string => {
  const withStatistics = (figure: Figure) => ({
    ...figure,
    median: median(figure.samples),
    p95: p95(figure.samples),
    max: max(figure.samples),
    n: figure.samples.length,
    result: verdict(figure),
  })
  const results = report.results.map((result) => ({
    ...result,
    figures: result.figures.map(withStatistics),
  }))
  return `${JSON.stringify({ ...report, results }, null, 1)}\n`
}
