import { pause } from '../lib/wait.ts'
import { DEFAULT_GRACE_S } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import type { Seen } from './types.ts'

// The engine needs a moment after SIGKILL.
const MARGIN_MS = 500
/** After a call that failed at stop; the list afterwards shows what must be tried again. */
export const RETRY_MS = 200

/**
 * Stops containers, given in start order, the last first, each with its grace as far as the
 * deadline allows. One that does not end within its share of the time left is no longer waited
 * for: it keeps its grace, and the one before it gets its signal meanwhile. Resolves when all are
 * down or the time is over; a stop that failed counts as done.
 */
export const stopInReverse = async (
  docker: Pick<ChildDocker, 'stopContainer'>,
  containers: readonly Seen[],
  { until, now }: { until: number; now: () => number },
): Promise<void> => {
  const stops: Promise<unknown>[] = []
  for (const [at, container] of [...containers].reverse().entries()) {
    const leftMs = until - now()
    const allowedS = Math.max(0, Math.floor((leftMs - MARGIN_MS) / 1000))
    const timeoutS = Math.min(container.stopTimeoutS ?? DEFAULT_GRACE_S, allowedS)
    const stop = docker.stopContainer(container.id, { timeoutS }).catch(() => pause(RETRY_MS))
    stops.push(stop)
    await atMost(stop, leftMs / (containers.length - at))
  }
  await atMost(Promise.all(stops), until - now())
}

/** What `work` comes to, waited for no longer than `ms`: then undefined. */
export const atMost = async <T>(work: Promise<T>, ms: number): Promise<T | undefined> => {
  const timer = new AbortController()
  const over = pause(Math.max(0, ms), timer.signal).then(() => undefined)
  try {
    return await Promise.race([work, over])
  } finally {
    timer.abort()
  }
}
