import { pause } from '../../src/lib/wait.ts'

/**
 * Calls `probe` every `everyMs` until it gives something other than undefined; so an instant that
 * is taken right after it is late by `everyMs` and the time of one probe at most.
 */
export const until = async <T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  { withinMs = 30_000, everyMs = 1, signal }: UntilOptions,
): Promise<T> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    signal.throwIfAborted()
    const found = await probe()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await pause(everyMs)
  }
}

export type UntilOptions = { withinMs?: number; everyMs?: number; signal: AbortSignal }
