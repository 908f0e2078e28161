import { setTimeout as delay } from 'node:timers/promises'

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await delay(ms, undefined, signal ? { signal } : {}).catch(() => {
    // An abort is the caller's wish to go on, not a failure.
  })
}

/**
 * The wait before try `attempt` (0 = first retry): `firstMs` doubling up to `maxMs`, with jitter
 * of up to ±20 % so that many waiters spread. `random` returns [0, 1).
 */
export const backoffMs = (
  attempt: number,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
  random: () => number = Math.random,
): number => {
  const base = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.min(maxMs, Math.round(base * (0.8 + 0.4 * random())))
}

/** Resolves when `signal` aborts. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
