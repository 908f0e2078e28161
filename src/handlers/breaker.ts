export type BreakerState = 'closed' | 'open' | 'half-open'

export type BreakerOptions = {
  now: () => number
  /** Failures in a row that open it. */
  failures?: number
  firstMs?: number
  maxMs?: number
}

/**
 * Keeps a handler that always fails from being tried with every event. After some failures in a
 * row it opens and refuses; after a pause one run is tried: when it succeeds all is as before, when
 * not the next pause is twice as long.
 */
export const createBreaker = (options: BreakerOptions) => {
  const { now, failures: limit = 5, firstMs = 10_000, maxMs = 300_000 } = options
  let failures = 0
  let pauses = 0
  let retryAt: number | undefined
  let trying = false

  return {
    state: (): BreakerState => {
      if (retryAt === undefined) return 'closed'
      return trying || now() >= retryAt ? 'half-open' : 'open'
    },
    /** When it tries again; undefined while it is closed. */
    retryAt: (): number | undefined => retryAt,
    /** Whether a run may begin, has to wait for the one that is tried, or is refused. */
    gate: (): 'go' | 'wait' | 'refuse' => {
      if (retryAt === undefined) return 'go'
      if (trying) return 'wait'
      return now() >= retryAt ? 'go' : 'refuse'
    },
    begun: (): void => {
      trying = retryAt !== undefined
    },
    succeeded: (): void => {
      failures = 0
      pauses = 0
      retryAt = undefined
      trying = false
    },
    failed: (): void => {
      failures++
      // Runs that had begun before it opened say nothing new.
      if (retryAt !== undefined && !trying) return
      if (failures < limit && !trying) return
      trying = false
      retryAt = now() + Math.min(maxMs, firstMs * 2 ** Math.min(pauses++, 20))
    },
  }
}

export type Breaker = ReturnType<typeof createBreaker>
