import { deferred } from '../lib/deferred.ts'
import { pause } from '../lib/wait.ts'

/** Many may ring, one waits; a ring while nobody waits ends the next wait at once. */
export const createBell = () => {
  let rung = deferred()
  return {
    ring: (): void => rung.resolve(),
    /** Resolves at a ring, after `ms`, or when `signal` aborts. */
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      const timer = new AbortController()
      await Promise.race([rung.promise, pause(ms, AbortSignal.any([signal, timer.signal]))])
      timer.abort()
      rung = deferred()
    },
  }
}
