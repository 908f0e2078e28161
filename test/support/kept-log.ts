import type { Logger } from '../../src/lib/log.ts'

/** A log that keeps what was said, for tests that assert on it. */
export const keptLog = (): Logger & {
  lines: { level: string; facts: object; message: string }[]
} => {
  const lines: { level: string; facts: object; message: string }[] = []
  const keep = (level: string) => (facts: object, message: string) => {
    lines.push({ level, facts, message })
  }
  return {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  }
}
