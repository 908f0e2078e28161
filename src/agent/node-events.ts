import type { Catalog } from '../catalog/catalog.ts'
import type { ChildProcess } from '../children/view.ts'
import { createEvents, type EventsOptions, type EventsSerf } from '../events/events.ts'
import type { EventHandlers } from '../events/types.ts'
import { deferred } from '../lib/deferred.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import type { Boot } from './boot.ts'
import { countEvents } from './event-counts.ts'
import type { OwnFactsTeller } from './own-facts.ts'

/** A node that has found nobody for so long may be the first one. */
const JOINS_WITHIN_MS = 3_000
const OTHERS_JOIN_MS = 500

export type NodeEventsOptions = {
  boot: Boot
  isAgentRestart: boolean
  catalog: Catalog
  own: OwnFactsTeller
  /** Where the history lives, as long as the node. */
  path: string
  /** Looked at when it is needed: serf's messages come here, so neither can be first. */
  session(): { commands(): EventsSerf } & Pick<EventsOptions, 'respond' | 'isSettled'>
  handlers: EventHandlers
  log: Logger
  signal: AbortSignal
}

/** The node's events, and when it tells `start`: serf is up, and all children run. */
export const createNodeEvents = (options: NodeEventsOptions) => {
  const { boot, isAgentRestart, catalog, own, session, handlers, log, signal } = options
  const events = createEvents({
    self: boot,
    path: options.path,
    isAgentRestart,
    serf: () => session().commands(),
    respond: (id, payload) => session().respond(id, payload),
    isSettled: () => session().isSettled(),
    catalog,
    own: own.answer,
    handlers,
    log,
    signal,
  })
  const up = deferred()
  let serfIsUp = false
  let childrenRun = false
  const startWhenUp = (): void => {
    if (serfIsUp && childrenRun) events.start()
  }
  return {
    ...events,
    ...countEvents(events),
    parts: {
      ...events.parts,
      supervisor: async (): Promise<void> => {
        await up.promise
        await joined(catalog, signal)
        await events.parts.supervisor()
      },
    },
    serfUp: (): void => {
      serfIsUp = true
      up.resolve()
      startWhenUp()
    },
    /** The children as the engine showed them. */
    showChildren: ({
      processes,
      up,
    }: {
      processes: readonly ChildProcess[]
      up: boolean
    }): void => {
      events.children(processes)
      childrenRun = up
      startWhenUp()
    },
  }
}

/** What is raised before a node has joined is heard by nobody else. */
const joined = async (catalog: Catalog, signal: AbortSignal): Promise<void> => {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const others = async (): Promise<void> => {
    // Before the first look: a change between the two would be missed.
    const changes = catalog.changes(either)
    if (catalog.snapshot().counts.alive > 1) return
    for await (const _ of changes) if (catalog.snapshot().counts.alive > 1) return
  }
  await Promise.race([others(), pause(JOINS_WITHIN_MS, either)])
  ended.abort()
  // They may be new too: what comes while they join is of long ago to them.
  await pause(OTHERS_JOIN_MS, signal)
}

export type NodeEventsTeller = ReturnType<typeof createNodeEvents>
