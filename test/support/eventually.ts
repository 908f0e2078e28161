import { pause } from '../../src/lib/wait.ts'

/**
 * Calls `probe` until it returns without throwing and hands its value on; past the deadline the
 * last error is thrown with the time waited, so a failed wait says what it last saw. Not with
 * `assert.ok(condition)`: for its message it reads and parses this very file at each failure, for
 * seconds at worst, while nothing else runs.
 */
export const eventually = async <T>(
  probe: () => T | Promise<T>,
  { within = 10_000, every = 50 }: { within?: number; every?: number } = {},
): Promise<T> => {
  const start = performance.now()
  for (;;) {
    try {
      return await probe()
    } catch (error) {
      const waited = performance.now() - start
      if (waited > within) {
        throw new Error(`not within ${within} ms: ${(error as Error).message}`, { cause: error })
      }
      await pause(every)
    }
  }
}
