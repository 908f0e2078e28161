import { SurfaceError } from '../surface.ts'
import { createJournal, type Journal } from './journal.ts'
import type { NodeApi, ShownNode } from './node-api.ts'
import { createPulse, type Pulse } from './pulse.ts'
import { createSlots } from './slots.ts'

/** What can be watched: it has an index, which is another one after each change. */
export type Watched = 'catalog' | 'node' | 'events'

/** The moving side of the node, shared by all requests. */
export type Live = {
  /**
   * Where `what` is now: `<life>.<letter><number>`. The life makes an index of a former agent, or of
   * a former node for events, differ from all of this one.
   */
  index(what: Watched): string
  /** Resolves when `what` is not at `index` (any more), after `ms`, or on abort. */
  leaves(what: Watched, index: string, ms: number, signal: AbortSignal): Promise<void>
  /** The index at a version of the catalog. */
  catalogIndex(version: number): string
  /** The index at an event of this number. */
  eventIndex(number: number): string
  /** The number of an event's index; undefined when it is none of this node's life. */
  eventOf(index: string): number | undefined
  /** The version in a catalog's index; undefined when it is none of this agent's life. */
  versionOf(index: string): number | undefined
  /** Queries are answered by the whole cluster, and each log that is read is one of the engine's. */
  hold: { query(signal: AbortSignal): void; log(signal: AbortSignal): void }
  journal: Journal
  pulse: Pulse
  /** Keeps all this up to date until `signal` aborts; throws when a source ends. */
  run(signal: AbortSignal): Promise<void>
}

type Source = { changes(signal: AbortSignal): AsyncIterable<unknown> }

const QUERIES_AT_ONCE = 16
const LOGS_AT_ONCE = 32

const LETTERS = { catalog: 'c', node: 'n', events: 'e' } as const

export const createLive = (api: NodeApi): Live => {
  const pulse = createPulse()
  const catalogIndex = (version: number): string => `${api.life}.c${version}`
  const journal = createJournal(api.catalog.snapshot, catalogIndex)
  let status: ShownNode | undefined
  let statuses = 0
  const nodeLife = (): string => api.node.status().id.slice(-6)
  const eventIndex = (number: number): string => `${nodeLife()}.e${number}`

  const index = (what: Watched): string => {
    if (what === 'catalog') return catalogIndex(api.catalog.snapshot().version)
    if (what === 'events') return eventIndex(api.events.history.last)
    const now = api.node.status()
    if (now !== status) statuses++
    status = now
    return `${api.life}.n${statuses}`
  }
  const numberOf = (given: string, what: Watched, life: string): number | undefined => {
    const prefix = `${life}.${LETTERS[what]}`
    const digits = given.startsWith(prefix) ? given.slice(prefix.length) : ''
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
  }
  const follow = async (source: Source, signal: AbortSignal): Promise<void> => {
    for await (const _ of source.changes(signal)) {
      journal.look()
      pulse.ring()
    }
    if (!signal.aborted) throw new SurfaceError('catalog-ended', 'serve http: no more changes')
  }

  return {
    index,
    hold: {
      query: createSlots(QUERIES_AT_ONCE, 'queries'),
      log: createSlots(LOGS_AT_ONCE, 'readers of logs'),
    },
    journal,
    pulse,
    catalogIndex,
    eventIndex,
    eventOf: (given) => numberOf(given, 'events', nodeLife()),
    versionOf: (given) => numberOf(given, 'catalog', api.life),
    leaves: async (what, given, ms, signal) => {
      const until = performance.now() + ms
      while (index(what) === given && !signal.aborted) {
        const left = until - performance.now()
        if (left <= 0) return
        await pulse.next(left, signal)
      }
    },
    run: async (signal) => {
      const sources: Source[] = [api.catalog, api.node, api.events.history]
      await Promise.all(sources.map((source) => follow(source, signal)))
    },
  }
}
