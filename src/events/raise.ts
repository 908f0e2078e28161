import { contentHash } from './event-id.ts'
import { checkEvent, EventError } from './limits.ts'
import { EVENTS_AT_ONCE, EVENTS_PER_SECOND, type Rate } from './rate.ts'
import type { Raise } from './types.ts'

export type RaiseOptions = {
  /** Serf's connection for commands; throws when there is none. */
  serf(): { event(name: string, payload: Uint8Array): Promise<void> }
  rate: Pick<Rate, 'take'>
  raised: Raised
}

/** What was raised here and has not come back from Serf yet. */
export type Raised = ReturnType<typeof createRaised>

/** Serf gives an event that we raise back within milliseconds; later it was lost. */
const COMES_BACK_MS = 10_000

/** Remembers what this node raises, so that it is known again when Serf gives it back. */
export const createRaised = (now: () => number) => {
  const waiting = new Map<string, { since: number; via: string | undefined }[]>()
  const drop = (hash: string, test: (at: number) => boolean): void => {
    const rest = (waiting.get(hash) ?? []).filter(({ since }, at) => !test(at) && isFresh(since))
    if (rest.length > 0) waiting.set(hash, rest)
    else waiting.delete(hash)
  }
  const isFresh = (since: number): boolean => now() - since < COMES_BACK_MS
  return {
    add: (hash: string, via: string | undefined): void => {
      for (const other of [...waiting.keys()]) drop(other, () => false)
      waiting.set(hash, [...(waiting.get(hash) ?? []), { since: now(), via }])
    },
    /** Takes the oldest one with this content away; undefined when there is none. */
    take: (hash: string): { via: string | undefined } | undefined => {
      drop(hash, () => false)
      const first = waiting.get(hash)?.[0]
      drop(hash, (at) => at === 0)
      return first
    },
  }
}

/** Raises user events within the limits of Serf, which itself drops without a word. */
export const createRaise =
  ({ serf, rate, raised }: RaiseOptions): Raise =>
  async (name, payload, { origin } = {}) => {
    checkEvent(name, payload)
    const connection = serf()
    const waitMs = rate.take()
    if (waitMs > 0) {
      throw new EventError(
        'rate',
        `event ${name}: this node raises ${EVENTS_PER_SECOND} events a second, ${EVENTS_AT_ONCE} at once; the next one in ${waitMs} ms`,
        {
          retryable: true,
          facts: {
            retry_after_ms: waitMs,
            per_second: EVENTS_PER_SECOND,
            at_once: EVENTS_AT_ONCE,
          },
        },
      )
    }
    const hash = contentHash(name, payload)
    // Before it is sent: Serf may give it back before it says that it has taken it.
    raised.add(hash, origin)
    try {
      await connection.event(name, payload)
    } catch (error) {
      raised.take(hash)
      throw error
    }
  }
