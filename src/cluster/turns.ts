/**
 * A line in which everybody waits `waitMs` after the one before: no two begin together, and never
 * faster than that. Whoever aborts gives the turn away at once.
 */
export const createTurns = (
  waitMs: () => number,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): ((signal: AbortSignal) => Promise<void>) => {
  let last: Promise<void> = Promise.resolve()
  return (signal) => {
    last = last.then(() => (signal.aborted ? undefined : wait(waitMs(), signal)))
    return last
  }
}
