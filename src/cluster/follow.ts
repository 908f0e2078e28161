import { waker } from '../lib/waker.ts'
import type { SerfEvent, SerfMember } from '../serf/client.ts'

/** What following needs of Serf. */
export type FollowedSerf = {
  members(): Promise<readonly SerfMember[]>
  /** Serf's events; ends or throws with the connection. */
  events(signal: AbortSignal): AsyncIterable<SerfEvent>
  /** Serf's log lines; ends or throws with the connection. */
  logLines(signal: AbortSignal): AsyncIterable<string>
}

/** A user event or a query, on its road to whoever handles it. */
export type SerfMessage = Extract<SerfEvent, { type: 'user' | 'query' }>

export type FollowOptions = {
  serf: FollowedSerf
  apply(members: readonly SerfMember[]): void
  onMessage(message: SerfMessage): void
  signal: AbortSignal
  pollMs?: number
}

/** Unasked, a list that takes long is read for one percent of the time, but not less often. */
const SELDOM_MS = 10_000

/**
 * Serf into the catalog, until the signal aborts; throws when Serf's connection ends.
 *
 * The list of members is the truth and the streams only say when to read it again: Serf holds
 * member events back for 1 to 3 s and drops them for a slow reader. Its log tells the same changes
 * at once.
 */
export const follow = async (options: FollowOptions): Promise<void> => {
  const { serf, apply, onMessage, pollMs = 3_000 } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const wake = waker()

  const readEvents = async (): Promise<void> => {
    for await (const event of serf.events(signal)) {
      if (event.type === 'user' || event.type === 'query') onMessage(event)
      else wake.now()
    }
  }
  const readLog = async (): Promise<void> => {
    for await (const line of serf.logLines(signal)) {
      if (line.includes('EventMember')) wake.now()
    }
  }
  const list = async (): Promise<void> => {
    let tookMs = 0
    while (!signal.aborted) {
      const woken = wake.next(Math.max(pollMs, Math.min(100 * tookMs, SELDOM_MS)), signal)
      const start = performance.now()
      apply(await serf.members())
      tookMs = performance.now() - start
      await woken
    }
  }
  try {
    await Promise.race([readEvents(), readLog(), list()])
  } finally {
    ended.abort()
  }
}
