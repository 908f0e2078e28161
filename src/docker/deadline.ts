import type { DockerError } from './errors.ts'

type Target = { destroy(error: Error): unknown }

export type Deadline = {
  /** What the deadline or an abort destroys from now on. */
  aim(target: Target): void
  /** Starts the clock anew, or stops it when undefined. */
  within(ms: number | undefined): void
  /** For good. */
  end(): void
}

/**
 * Destroys its target when the clock runs out or `signal` aborts. The error it was destroyed with
 * is what the waiting side gets.
 */
export const watch = (
  first: Target,
  late: (ms: number) => DockerError,
  signal?: AbortSignal,
): Deadline => {
  let target = first
  let timer: NodeJS.Timeout | undefined
  let over = false
  const onAbort = () => target.destroy(reasonOf(signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    aim(next) {
      target = next
    },
    within(ms) {
      clearTimeout(timer)
      if (ms !== undefined && !over) timer = setTimeout(() => target.destroy(late(ms)), ms)
    },
    end() {
      over = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** The reason of an abort as an Error: destroying needs one. */
export const reasonOf = (signal?: AbortSignal): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason })
