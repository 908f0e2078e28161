/** So many are woken before other requests have their turn. */
const AT_ONCE = 8

/** Wakes all who wait, each at most once a ring. */
export type Pulse = {
  ring(): void
  /** Resolves at the next ring, after `ms`, or when `signal` aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>
}

// A promise shared by all would keep something of every waiter until it rings.
export const createPulse = (): Pulse => {
  const waiting = new Set<() => void>()
  return {
    ring: () => {
      const all = [...waiting]
      const wakeSome = (): void => {
        for (const wake of all.splice(0, AT_ONCE)) wake()
        if (all.length > 0) setImmediate(wakeSome)
      }
      wakeSome()
    },
    next: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const wake = () => {
          clearTimeout(timer)
          waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const timer = setTimeout(wake, ms)
        waiting.add(wake)
        signal.addEventListener('abort', wake)
      }),
  }
}
