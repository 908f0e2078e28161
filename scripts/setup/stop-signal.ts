/** As close together, two signals are one wish. */
const SAME_MS = 1_000

/**
 * Aborts on Ctrl-C and SIGTERM, so that what was begun is taken back. One wish may come several
 * times: to the whole process group, and again from npm and with-deps.mjs, which hand it on. A later
 * one is impatience and ends the process at once.
 */
export const stopSignal = (): AbortSignal => {
  const stop = new AbortController()
  let firstMs = 0
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) firstMs = performance.now()
      else if (performance.now() - firstMs > SAME_MS) process.exit(130)
      stop.abort()
    })
  }
  return stop.signal
}
