import { join } from 'node:path'
import type { HandlerReport } from '../../handlers/types.ts'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import { defineCommand, jsonOption, nodeOption } from '../command.ts'
import type { Style } from '../screen.ts'
import { type Column, renderTable } from '../table.ts'

type Options = { json?: boolean }

const STYLES: Partial<Record<HandlerReport['state'], Style>> = {
  idle: 'green',
  running: 'green',
  down: 'red',
  broken: 'red',
}

const count = (value: number): string => (value === 0 ? '' : String(value))
const span = (ms: number | undefined): string =>
  ms === undefined ? '' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

const COLUMNS: Column<HandlerReport>[] = [
  { title: 'NAME', value: ({ name }) => name, rank: 0, least: 12 },
  {
    title: 'HEARS',
    value: ({ events }) => events.join(', '),
    rank: 6,
    least: 8,
    cut: 'end',
  },
  {
    title: 'STATE',
    value: ({ state }) => state,
    style: ({ state }) => STYLES[state] ?? 'yellow',
    rank: 1,
    cut: 'never',
  },
  { title: 'RUNS', value: ({ runs }) => String(runs), rank: 2, cut: 'never' },
  {
    title: 'FAILED',
    value: ({ failures }) => String(failures),
    style: ({ failures }) => (failures > 0 ? 'red' : undefined),
    rank: 2,
    cut: 'never',
  },
  { title: 'QUEUE', value: ({ queue }) => String(queue), rank: 3, cut: 'never' },
  {
    title: 'LOST',
    value: ({ dropped, refused }) => count(dropped + refused),
    style: () => 'red',
    rank: 3,
    cut: 'never',
    optional: true,
  },
  {
    title: 'RESTARTS',
    value: ({ restarts = 0 }) => count(restarts),
    rank: 7,
    cut: 'never',
    optional: true,
  },
  { title: 'P50', value: ({ p50_ms }) => span(p50_ms), rank: 5, cut: 'never', optional: true },
  { title: 'P95', value: ({ p95_ms }) => span(p95_ms), rank: 4, cut: 'never', optional: true },
  {
    title: 'LAST ERROR',
    value: ({ last_error }) => (last_error ? `${last_error.time} ${last_error.message}` : ''),
    style: () => 'yellow',
    rank: 8,
    cut: 'below',
    optional: true,
  },
]

const readReports = (text: string | undefined): HandlerReport[] => {
  if (text === undefined) {
    throw new CliError('failed', 'read what the handlers do: the agent has not written it yet')
  }
  try {
    return JSON.parse(text) as HandlerReport[]
  } catch (cause) {
    throw new CliError('failed', 'read what the handlers do: the file is broken', { cause })
  }
}

export const handlers = defineCommand<Options>({
  summary: "show a node's handlers: what they hear and how they fare",
  description:
    'Runs, failures, what waits, and how long the last 256 runs took. LOST events found the queue full, or were refused after repeated failures.',
  arguments: [],
  options: [nodeOption(), jsonOption()],
  examples: [
    ['serfnode handlers', 'does the code of this node work'],
    [`serfnode handlers --json | jq '.[].last_error'`, 'what went wrong last'],
  ],
  place: 'node',
  run: async ({ json }, { runDir, out, err }) => {
    const reports = readReports(await readIfThere(join(runDir, 'handlers.json')))
    if (json) out.line(JSON.stringify(reports, null, 2))
    else if (reports.length === 0) {
      err.line('no handlers: put them into handlers/ beside serfnode.yml, see docs/handlers.md')
    } else out.write(renderTable(COLUMNS, reports, out))
    return 0
  },
})
