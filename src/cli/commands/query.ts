import type { QueryRequest, SerfMember } from '../../serf/client.ts'
import { CliError } from '../cli-error.ts'
import { argument, defineCommand, jsonOption, listOption, nodeOption, option } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { openSerf } from '../open-serf.ts'
import { printable, printableLines } from '../printable.ts'
import { readStdin } from '../read-stdin.ts'
import { listedNode } from './members.ts'

type Options = {
  name: string
  payload?: string
  role?: string
  nodeFilter?: string[]
  timeout?: number
  json?: boolean
}

/** The answer without the word by which 2015's handlers said that they had succeeded. */
export const withoutSuccess = (text: string): string => text.replace(/\n{1,2}SUCCESS\n?$/, '')

/** Text where the bytes are text; else undefined. */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Other bytes are shown as base64.
    return undefined
  }
}

const quotedForGo = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')

/** Member names for the names that a person gave. Throws CliError `not-found`. */
export const memberNames = (members: readonly SerfMember[], wanted: readonly string[]): string[] =>
  wanted.flatMap((name) => {
    const found = members.filter((one) => one.name === name || one.tags['name'] === name)
    if (found.length > 0) return found.map((one) => one.name)
    throw new CliError('not-found', `ask ${name}: no member of that name`, {
      hint: 'see who is there: serfnode members',
    })
  })

export const query = defineCommand<Options>({
  summary: 'ask the members and print their answers',
  description:
    'Answers are printed as they come, until the time is over. --json prints one object a line.',
  arguments: [
    argument('<name>', 'what to ask, for example where or ports'),
    argument('[payload]', 'the payload; - reads it from stdin'),
  ],
  options: [
    option('--role <role>', 'ask only members of this role'),
    listOption('--node-filter <name>', 'ask only this member (may be repeated)'),
    option('--timeout <time>', 'how long answers are taken, such as 5 or 500ms').argParser(
      parseDuration,
    ),
    nodeOption(),
    jsonOption(),
  ],
  examples: [
    ['serfnode query where \'{"role": "mysql"}\'', 'where the mysql nodes are'],
    ['serfnode query ports --role web --timeout 2 --json', 'the ports of the web nodes, as JSON'],
  ],
  place: 'node',
  readsStdin: ({ payload }) => payload === '-',
  run: async ({ name, payload, role, nodeFilter, timeout, json }, context) => {
    if (!/^[!-~]{1,64}$/.test(name) || name.startsWith('_serf_')) {
      throw new CliError(
        'usage',
        `query ${JSON.stringify(name.slice(0, 80))}: not a query's name`,
        {
          hint: 'a name is 1 to 64 printable characters without spaces; _serf_ is for Serf itself',
        },
      )
    }
    const bytes = payload === '-' ? await readStdin(context.stdin) : Buffer.from(payload ?? '')
    using serf = await openSerf(context)
    const members = await serf.members()
    const names = new Map(members.map((one) => [one.name, listedNode(one).name]))
    const request: QueryRequest = {
      name,
      payload: bytes,
      ...(nodeFilter && { filterNodes: memberNames(members, nodeFilter) }),
      ...(role !== undefined && { filterTags: { role: `^${quotedForGo(role)}$` } }),
      ...(timeout !== undefined && { timeoutMs: timeout }),
    }

    const { out, err, signal } = context
    let answers = 0
    for await (const { type, from, payload: answer } of serf.query(request, signal)) {
      if (type !== 'response') continue
      answers++
      const text = textOf(answer)
      const shown = text === undefined ? undefined : withoutSuccess(text)
      const id = printable(from)
      const who = names.get(from) ?? id
      const base64 = Buffer.from(answer).toString('base64')
      if (json) {
        const said = shown === undefined ? { payload_base64: base64 } : { payload: shown }
        out.line(JSON.stringify({ id, name: who, ...said }))
      } else {
        out.line(`${out.paint('bold', `${who}:`)} ${printableLines(shown ?? `base64 ${base64}`)}`)
      }
    }
    if (answers === 0) err.line('no answer')
    return signal.aborted ? 130 : 0
  },
})
