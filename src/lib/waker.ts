/** A wish to look again: any number of `now()` before `next()` count as one. */
export const waker = () => {
  let resolve: (() => void) | undefined
  let pending = false
  return {
    now: (): void => {
      if (resolve) resolve()
      else pending = true
    },
    /** Resolves at the next `now()`, after `ms`, or on abort. */
    next: (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((done) => {
        const end = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          resolve = undefined
          pending = false
          done()
        }
        const timer = setTimeout(end, ms)
        signal.addEventListener('abort', end, { once: true })
        resolve = end
        if (pending || signal.aborted) end()
      }),
  }
}
