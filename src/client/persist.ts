import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from './api-error.ts'

const FIRST_MS = 100
const LONGEST_MS = 5_000

/**
 * Yields what `once` yields, again and again: when it ends, or fails in a way that may pass, it is
 * begun anew after a pause that grows until something comes again. Ends when `signal` aborts.
 */
export async function* persist<T>(
  once: () => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      for await (const item of once()) {
        failures = 0
        yield item
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ApiError) || !error.retryable) throw error
    }
    const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
    await delay(ms * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => {
      // The caller's wish to end.
    })
  }
}
