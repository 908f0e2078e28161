import type { Logger } from '../lib/log.ts'

const EVERY_MS = 10_000

/**
 * Warns of each kind of trouble once, then at most every 10 s with how often it came meanwhile: a
 * handler that fails a thousand times a second must not fill the log.
 */
export const saySeldom = (log: Logger, now: () => number) => {
  const kinds = new Map<string, { saidAt: number; more: number }>()
  return (kind: string, facts: object, message: string): void => {
    const before = kinds.get(kind)
    if (before && now() - before.saidAt < EVERY_MS) {
      before.more++
      return
    }
    log.warn({ ...facts, ...(before?.more && { more: before.more }) }, message)
    kinds.set(kind, { saidAt: now(), more: 0 })
  }
}

export type SaySeldom = ReturnType<typeof saySeldom>
