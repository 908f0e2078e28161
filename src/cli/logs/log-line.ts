import { printable } from '../printable.ts'
import type { Screen, Style } from '../screen.ts'

const LEVELS: Record<string, Style> = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' }

/** One line of a container's log. */
export type LogLine = {
  stream: 'stdout' | 'stderr'
  /** When the engine got it, RFC 3339 with nanoseconds; empty when it does not say. */
  time: string
  text: string
}

/** Splits what the engine sends with `timestamps` into lines, cut anywhere. */
export const createLineSplitter = () => {
  const rest = { stdout: '', stderr: '' }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const parse = (stream: LogLine['stream'], line: string): LogLine => {
    const at = line.indexOf(' ')
    const time = at > 0 ? line.slice(0, at) : line
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z?/.test(time)
      ? { stream, time, text: at > 0 ? line.slice(at + 1) : '' }
      : { stream, time: '', text: line }
  }
  return {
    push(stream: LogLine['stream'], data: Uint8Array): LogLine[] {
      const lines = (rest[stream] + decoders[stream].decode(data, { stream: true })).split('\n')
      rest[stream] = lines.pop() ?? ''
      return lines.map((line) => parse(stream, line.replace(/\r$/, '')))
    },
    /** What a container wrote last without ending its line. */
    end: (): LogLine[] =>
      (['stdout', 'stderr'] as const)
        .filter((stream) => rest[stream] !== '')
        .map((stream) => parse(stream, rest[stream])),
  }
}

const parseObject = (text: string): Record<string, unknown> | undefined => {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // A line that only looks like JSON is shown as it is.
    return undefined
  }
}

/** A line of the agent's structured log, `{"level","time","msg",...}`, as people read it. */
export const renderAgentLine = (text: string, { paint }: Pick<Screen, 'paint'>): string => {
  const parsed = parseObject(text)
  if (typeof parsed?.['msg'] !== 'string') return printable(text)
  const { level, time: _, msg, ...facts } = parsed
  // What the message says already is for programs.
  const isNew = (value: unknown): boolean =>
    typeof value !== 'string' || value.length < 3 || !msg.includes(value)
  const news = Object.entries(facts).filter(([, value]) => isNew(value))
  const shown = news.map(([key, value]) => {
    const plain = typeof value === 'string' && /^[^\s"]+$/.test(value)
    return paint('dim', printable(`${key}=${plain ? value : JSON.stringify(value)}`))
  })
  const word = String(level ?? '')
  return [paint(LEVELS[word], printable(word).padEnd(5)), printable(msg), ...shown].join(' ')
}
