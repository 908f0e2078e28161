import { posix } from 'node:path'
import { filePath } from './child-keys.ts'
import { quoted } from './printable.ts'
import { duration, flag } from './scalars.ts'
import {
  type At,
  at,
  type Fields,
  fieldsSchema,
  parsed,
  readFields,
  type Shape,
  shortOrLong,
} from './shape.ts'
import { suggest } from './suggest.ts'
import type { HandlerSettings } from './types.ts'
import { entriesOf, isNothing, refuse, report, type Value } from './yaml-value.ts'

/** How one file is run. */
type HandlerKeys = {
  file: At<string>
  timeout: number
  concurrency: number
  docker_socket: boolean
}

type Written = { event: string; at: Value; keys: Partial<HandlerKeys> }

const timeout: Shape<number> = {
  ...duration,
  read: (value) => {
    const ms = duration.read(value)
    return ms !== undefined && ms < 100 ? refuse(value, 'a duration of at least 100ms') : ms
  },
}

const concurrency = parsed({
  expected: 'a number from 1 to 16',
  schema: { type: 'integer', minimum: 1, maximum: 16 },
  parse: (found) => (/^([1-9]|1[0-6])$/.test(found) ? Number(found) : undefined),
})

/** The keys of a handler, once: from here come reading, the JSON Schema and docs/settings.md. */
export const handlerKeys: Fields<HandlerKeys> = {
  file: {
    shape: at(filePath),
    meaning: 'The file, beside serfnode.yml.',
    required: true,
  },
  timeout: { shape: timeout, meaning: 'How long one event may take; default `30s`.' },
  concurrency: { shape: concurrency, meaning: 'How many events at once; default 1, at most 16.' },
  docker_socket: {
    shape: flag,
    meaning: '`true`: it may use the engine, which is as good as being root on the host.',
  },
}

/** 2015's and Serf's words, and what people may take them for; a test holds them to the handlers'. */
const EVENTS: Readonly<Record<string, string>> = {
  join: 'member-join',
  leave: 'member-leave',
  fail: 'member-failed',
  update: 'member-update',
  reap: 'member-reap',
  supervisor: 'user:supervisor',
  all: '*',
}
const WORDS = [...Object.values(EVENTS), 'user', 'query', 'start', 'stop']
const NAMED = /^(user|query):[!-~]{1,64}$/

const readEvent = (value: Value, key: string): string | undefined => {
  const event = Object.hasOwn(EVENTS, key) ? EVENTS[key] : key
  if (event !== undefined && (WORDS.includes(event) || NAMED.test(event))) return event
  const own = /^[\w.-]{1,64}$/.test(key)
    ? `; an event of your own is "user:${key}", a query "query:${key}"`
    : ''
  const near = suggest(key, [...WORDS, ...Object.keys(EVENTS)])
  return report(value, `unknown event ${quoted(key)}${near || own}`)
}

const oneHandler = (value: Value): Partial<HandlerKeys> | undefined =>
  shortOrLong<Partial<HandlerKeys>>(short, long).read(value)

const short: Shape<Partial<HandlerKeys>> = {
  expected: 'a file beside serfnode.yml',
  schema: filePath.schema,
  read: (value) => {
    const file = handlerKeys.file.shape.read(value)
    return file && { file }
  },
}

const long: Shape<Partial<HandlerKeys>> = {
  expected: 'a map with a file',
  schema: fieldsSchema(handlerKeys, true),
  read: (value) => readFields<HandlerKeys>(value, handlerKeys, { extensions: true }),
}

/** `handlers:`: event to file. */
export const handlersShape: Shape<Written[]> = {
  expected: 'a map from events to files',
  schema: {
    type: ['object', 'null'],
    patternProperties: {
      [`^(${[...WORDS, ...Object.keys(EVENTS)].join('|').replace('*', '\\*')})$`]: eitherSchema(),
      [NAMED.source]: eitherSchema(),
    },
    additionalProperties: false,
  },
  read: (value) => {
    if (isNothing(value)) return []
    const entries = entriesOf(value)
    if (entries === undefined) return refuse(value, 'a map from events to files')
    return entries.flatMap((entry) => {
      const event = readEvent(entry.at, entry.key)
      if (isNothing(entry.value)) return report(entry.at, 'no file, expected a file') ?? []
      const keys = oneHandler(entry.value)
      return event !== undefined && keys?.file ? [{ event, at: entry.at, keys }] : []
    })
  },
}

function eitherSchema() {
  return { anyOf: [short.schema, long.schema] }
}

export type WrittenHandlers = Written[]

/**
 * The handlers of a file in `folder`: what several events name is one handler, and may be said only
 * once how it is run. With `isFile` a file that is not there is reported.
 */
export const completeHandlers = async (
  written: WrittenHandlers,
  folder: string,
  isFile?: (path: string) => Promise<boolean>,
): Promise<HandlerSettings[]> => {
  const byFile = new Map<string, HandlerSettings>()
  for (const { event, keys } of written) {
    const { file: named, ...options } = keys
    if (!named) continue
    const file = posix.resolve(folder, named.is)
    if (isFile && !(await isFile(file))) {
      report(named.at, `found no file ${quoted(named.is)}`)
      continue
    }
    const before = byFile.get(file)
    for (const [key, value] of Object.entries(options)) {
      const other = before?.[key as keyof typeof options]
      if (other === undefined || other === value) continue
      report(named.at, `${key} of ${quoted(named.is)} is said twice, and differently`)
    }
    const name = posix.normalize(named.is)
    const events = [...(before?.events ?? []), event]
    byFile.set(file, { ...before, ...options, name, file, events })
  }
  return [...byFile.values()]
}
