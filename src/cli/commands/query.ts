import { EventError } from '../../events/errors.ts'
import { payloadFields } from '../../events/record.ts'
import type { AskFilter, AskRecord, AskRequest } from '../../events/types.ts'
import { askMembers } from '../ask-members.ts'
import { CliError } from '../cli-error.ts'
import {
  argument,
  type Context,
  defineCommand,
  jsonOption,
  listOption,
  nodeOption,
  option,
} from '../command.ts'
import { parseDuration } from '../duration.ts'
import { printable, printableLines } from '../printable.ts'
import { readStdin } from '../read-stdin.ts'

type Options = {
  name: string
  payload?: string
  role?: string
  nodeFilter?: string[]
  tag?: string[]
  timeout?: number
  json?: boolean
}

/** The answer without the word by which 2015's handlers said that they had succeeded. */
export const withoutSuccess = (text: string): string => text.replace(/\n{1,2}SUCCESS\n?$/, '')

/** `key=value`, several times, as an object. Throws CliError `usage`. */
export const parseTags = (given: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
      throw new CliError('usage', `expected --tag KEY=VALUE, found ${JSON.stringify(text)}`)
    }),
  )

const filterOf = ({ role, nodeFilter, tag }: Options): AskFilter => ({
  ...(nodeFilter && { nodes: nodeFilter }),
  ...(role !== undefined && { role }),
  ...(tag && { tags: parseTags(tag) }),
})

const NO_MEMBER = 'see who is there: serfnode members'

const asCliError = (error: unknown): unknown => {
  if (error instanceof CliError && error.code === 'not-found') {
    return new CliError('not-found', error.message, { hint: NO_MEMBER })
  }
  if (!(error instanceof EventError)) return error
  if (error.code === 'no-member') {
    return new CliError('not-found', error.message, { hint: NO_MEMBER })
  }
  const code = error.code === 'lost' ? 'failed' : 'usage'
  return new CliError(code, 'ask the members', { cause: error })
}

type Answer = Extract<AskRecord, { type: 'answer' }>
type End = Extract<AskRecord, { type: 'end' }>

/** The answer as people see it: a script's ends in a newline, which would leave a line empty. */
export const shownAnswer = (said: ReturnType<typeof payloadFields>): string =>
  'payload' in said
    ? printableLines(withoutSuccess(said.payload).replace(/\r?\n$/, ''))
    : `base64 ${said.payload_base64}`

const printAnswer = ({ id, name, payload }: Answer, { out }: Context, json = false): void => {
  const said = payloadFields(payload)
  if (!json) {
    out.line(`${out.paint('bold', `${printable(name)}:`)} ${shownAnswer(said)}`)
    return
  }
  if ('payload' in said) said.payload = withoutSuccess(said.payload)
  out.line(JSON.stringify({ id, name, ...said }))
}

const printEnd = ({ answered, none, silent }: End, { out, err }: Context, json = false): void => {
  if (json) out.line(JSON.stringify({ answered, none, silent }))
  else if (answered === 0) err.line('no answer')
  const names = silent.map(({ name }) => printable(name)).join(', ')
  if (!json && silent.length > 0) err.line(`silent: ${names}`)
}

export const query = defineCommand<Options>({
  summary: 'ask the members and print their answers',
  description:
    'Answers are printed as they come, until everybody has answered or the time is over; then who was silent. Members without an answer are not shown. Plain serf agents are not waited for unless they are named. --json prints one object a line, the last one with the silent.',
  arguments: [
    argument('<name>', 'what to ask, for example where or ports'),
    argument('[payload]', 'the payload; - reads it from stdin'),
  ],
  options: [
    option('--role <role>', 'ask only members of this role'),
    listOption('--node-filter <name>', 'ask only this member (may be repeated)'),
    listOption('--tag <key=value>', 'ask only members with this tag (may be repeated)'),
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
  run: async (options, context) => {
    const { name, payload, timeout, json } = options
    const { signal } = context
    const request: AskRequest = {
      name,
      payload: payload === '-' ? await readStdin(context.stdin) : Buffer.from(payload ?? ''),
      filter: filterOf(options),
      ...(timeout !== undefined && { timeoutMs: timeout }),
    }
    try {
      for await (const record of askMembers(request, context)) {
        if (record.type === 'answer') printAnswer(record, context, json)
        else printEnd(record, context, json)
      }
    } catch (error) {
      throw asCliError(error)
    }
    return signal.aborted ? 130 : 0
  },
})
