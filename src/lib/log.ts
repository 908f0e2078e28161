import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** What the layers below `agent` need of a log. */
export type Logger = {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

export type LogOptions = {
  /** Takes one line. */
  write?: (line: string) => void
  /** For a person: time, level, message, then the facts. Else one JSON object a line. */
  readable?: boolean
  now?: () => Date
}

/** A structured log on stdout of what has at least this level; readable lines on a TTY. */
export const createLog = (
  level: LogLevel,
  { write = toStdout, readable = isatty(1), now = () => new Date() }: LogOptions = {},
): Logger => {
  const least = LEVELS.indexOf(level)
  const show = readable ? forPerson : forProgram
  const at = (each: LogLevel) => {
    if (LEVELS.indexOf(each) < least) return () => {}
    return (facts: object, message: string): void =>
      write(`${show(each, now().toISOString(), facts, message)}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const forProgram = (level: LogLevel, time: string, facts: object, msg: string): string =>
  JSON.stringify({ level, time, ...facts, msg })

const forPerson = (level: LogLevel, time: string, facts: object, message: string): string => {
  const rest = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return [time.slice(11, 23), level, message, ...rest].join(' ')
}

// At once and to the end, since the process may be killed at any moment.
const toStdout = (line: string): void => {
  try {
    for (let rest = Buffer.from(line); rest.length > 0; ) rest = rest.subarray(writeSync(1, rest))
  } catch {
    // Nobody reads it, or the reader is too slow: the node goes on without its log.
  }
}
