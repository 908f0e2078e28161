import { join } from 'node:path'
import type { Entry } from '../../events/journal.ts'
import type { EventRecord } from '../../events/types.ts'
import { CliError } from '../cli-error.ts'
import { type Context, defineCommand, jsonOption, nodeOption, option } from '../command.ts'
import { showEvent, showHandled } from '../events/event-line.ts'
import { collect, readHistory } from '../events/read-history.ts'
import { parseSince, type Since } from '../events/since.ts'

type Options = { follow?: boolean; since?: Since; json?: boolean }

const isSince = (record: EventRecord, since: Since | undefined, nowMs: number): boolean => {
  if (since === undefined) return true
  if ('index' in since) return record.index > since.index
  const from = 'agoMs' in since ? nowMs - since.agoMs : since.timeMs
  return Date.parse(record.time) >= from
}

/** Prints each event once, also when the agent writes its file anew. */
const createPrinter = ({ since, json }: Options, { out }: Context) => {
  const nowMs = Date.now()
  let printed = 0
  let first = Number.POSITIVE_INFINITY
  const printNew = (record: EventRecord): void => {
    if (record.index <= printed) return
    printed = record.index
    if (!isSince(record, since, nowMs)) return
    first = Math.min(first, record.index)
    out.line(json ? JSON.stringify(record) : showEvent(record, out))
  }
  return {
    /** What was there already. */
    all: (entries: readonly Entry[]): void => {
      for (const record of collect(entries)) printNew(record)
    },
    /** As it comes: what handled an event comes after it. */
    next: (entries: readonly Entry[]): void => {
      for (const entry of entries) {
        if (entry.kind === 'event') printNew(entry.record)
        if (entry.kind !== 'handled' || entry.index < first) continue
        const { index, id, handled } = entry
        out.line(
          json ? JSON.stringify({ index, id, handled }) : `#${index}  ${showHandled(handled, out)}`,
        )
      }
    },
  }
}

export const events = defineCommand<Options>({
  summary: 'show what a node has heard',
  description:
    'The last 1,000 events of the node: members that came and went, user events, queries, its start; with what handled them. --json prints one object a line; with --follow, what handles an event later comes as an object with its index.',
  arguments: [],
  options: [
    option('-f, --follow', 'go on with what comes'),
    option(
      '--since <what>',
      'only events after this index (42), time (2030-01-31T12:00:00Z) or within this time (10m)',
    ).argParser(parseSince),
    nodeOption(),
    jsonOption(),
  ],
  examples: [
    ['serfnode events --since 10m', 'what happened in the last ten minutes'],
    ['serfnode events -f --json', 'everything from now on and before, for a program'],
  ],
  place: 'node',
  run: async (options, context) => {
    const { signal } = context
    const path = join(context.runDir, 'events.jsonl')
    const printer = createPrinter(options, context)
    let lots = 0
    for await (const entries of readHistory(path, { follow: options.follow ?? false, signal })) {
      if (lots++ === 0) printer.all(entries)
      else printer.next(entries)
    }
    if (lots === 0 && !options.follow) {
      throw new CliError('not-found', 'this node has no history of events', {
        hint: 'its agent has not come up so far: serfnode logs says why',
      })
    }
    return signal.aborted ? 130 : 0
  },
})
