import pino from 'pino'

/** What the layers below `agent` need of a log: a pino logger fits. */
export type Logger = {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

const LEVELS: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

// On a TTY a person reads: time, level, message, then the facts.
const readable = {
  write(line: string): void {
    const { level, time, msg, ...facts } = JSON.parse(line)
    const rest = Object.entries(facts).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    const clock = String(time).slice(11, 23)
    process.stdout.write(`${[clock, LEVELS[level], msg, ...rest].join(' ')}\n`)
  },
}

/** Structured log on stdout: JSON lines, or readable lines on a TTY. */
export const createLog = (level: string): Logger => {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return process.stdout.isTTY
    ? pino({ ...options, formatters: {} }, readable)
    : pino(options, pino.destination({ dest: 1, sync: true }))
}
