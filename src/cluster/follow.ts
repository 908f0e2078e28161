import { waker } from '../lib/waker.ts'
import type { SerfEvent, SerfMember } from '../serf/client.ts'
import { createHints } from './hints.ts'

/** What following needs of Serf. */
export type FollowedSerf = {
  members(): Promise<readonly SerfMember[]>
  /** Just these; a name that nobody has is left out. */
  membersNamed(names: readonly string[]): Promise<readonly SerfMember[]>
  /** Serf's events; ends or throws with the connection. */
  events(signal: AbortSignal): AsyncIterable<SerfEvent>
  /** Serf's log lines; ends or throws with the connection. */
  logLines(signal: AbortSignal): AsyncIterable<string>
}

/** A user event or a query, on its road to whoever handles it. */
export type SerfMessage = Extract<SerfEvent, { type: 'user' | 'query' }>

export type FollowOptions = {
  serf: FollowedSerf
  /** The whole list. */
  apply(members: readonly SerfMember[]): void
  /** What Serf lists under these names now. */
  update(names: readonly string[], members: readonly SerfMember[]): void
  onMessage(message: SerfMessage): void
  /** The list is not read before; events are, at once. */
  prepared?: Promise<void>
  signal: AbortSignal
  pollMs?: number
}

/** A list that takes long is read for one percent of the time, but not less often. */
const SELDOM_MS = 10_000

/**
 * Serf into the catalog, until the signal aborts; throws when Serf's connection ends.
 *
 * The list of members is the truth, read now and then. The streams only say of whom to read it at
 * once: Serf holds member events back for 1 to 3 s and drops them for a slow reader; its log tells the
 * same changes in the moment. So a change costs as much in a cluster of a thousand as in one of three.
 */
export const follow = async (options: FollowOptions): Promise<void> => {
  const { serf, apply, update, onMessage, pollMs = 3_000 } = options
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const wake = waker()
  const hints = createHints()

  const readEvents = async (): Promise<void> => {
    for await (const event of serf.events(signal)) {
      if (event.type === 'user' || event.type === 'query') onMessage(event)
      else {
        hints.members(event.members)
        wake.now()
      }
    }
  }
  const readLog = async (): Promise<void> => {
    for await (const line of serf.logLines(signal)) {
      if (hints.line(line)) wake.now()
    }
  }
  const list = async (): Promise<void> => {
    await options.prepared
    let due = 0
    while (!signal.aborted) {
      const names = hints.take()
      const start = performance.now()
      if (names === undefined || start >= due) {
        apply(await serf.members())
        const now = performance.now()
        due = now + Math.max(pollMs, Math.min(100 * (now - start), SELDOM_MS))
      } else if (names.length > 0) {
        update(names, await serf.membersNamed(names))
      }
      await wake.next(Math.max(0, due - performance.now()), signal)
    }
  }
  try {
    await Promise.race([readEvents(), readLog(), list()])
  } finally {
    ended.abort()
  }
}
