import { printable } from '../printable.ts'
import type { Screen, Style } from '../screen.ts'

const LEVELS: Record<string, Style> = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' }

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
