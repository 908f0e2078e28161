import { pause } from '../lib/wait.ts'
import { DEFAULT_GRACE_S } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import type { Seen } from './types.ts'

// The engine needs a moment after SIGKILL.
const MARGIN_MS = 500
// The list afterwards shows whether a stop that failed must be tried again.
const RETRY_MS = 200

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

/** Waits for `work`, but no longer than `ms`. */
export const atMost = async (work: Promise<unknown>, ms: number): Promise<void> => {
  const timer = new AbortController()
  await Promise.race([work, pause(Math.max(0, ms), timer.signal)])
  timer.abort()
}
