import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'

/**
 * Runs one part of the agent until the signal aborts. A part that throws is started again after a
 * growing pause and the others go on: a full disk must not end supervision.
 */
export const keepRunning = async (
  name: string,
  part: () => Promise<void>,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> => {
  for (let failures = 0; !signal.aborted; failures++) {
    const start = performance.now()
    try {
      await part()
      if (signal.aborted) return
      log.warn({ part: name }, 'ended by itself, starting it again')
    } catch (error) {
      if (signal.aborted) return
      log.error({ part: name, error: describeError(error) }, 'failed, starting it again')
    }
    if (performance.now() - start > 60_000) failures = 0
    await pause(backoffMs(failures, { firstMs: 200, maxMs: 30_000 }), signal)
  }
}
