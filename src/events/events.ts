import type { Member } from '../catalog/member.ts'
import type { Snapshot } from '../catalog/snapshot.ts'
import type { Logger } from '../lib/log.ts'
import { answerQueries } from './answer-queries.ts'
import type { OwnAnswer } from './answers.ts'
import { type AskingSerf, createAsk } from './ask.ts'
import { createHistory } from './history.ts'
import { createIncoming, type SerfMessage } from './incoming.ts'
import { createRaise, createRaised } from './raise.ts'
import { createRate } from './rate.ts'
import { createSupervisorEvents } from './supervisor.ts'
import type { WatchedChild } from './supervisor-payload.ts'
import { tellMembers } from './tell-members.ts'
import type { Ask, EventHandlers, EventHistory, Handled, Raise } from './types.ts'

/** What events need of Serf. */
export type EventsSerf = AskingSerf & { event(name: string, payload: Uint8Array): Promise<void> }

export type EventsOptions = {
  /** The member name and the human one. */
  self: { id: string; name: string }
  /** Where the history lives, as long as the node. */
  path: string
  isAgentRestart: boolean
  /** The connection for commands; throws when serf does not run. */
  serf(): EventsSerf
  respond(serfId: number, payload: Uint8Array): Promise<void>
  /** Whether the present serf has joined. */
  isSettled(): boolean
  catalog: { snapshot(): Snapshot; changes(signal: AbortSignal): AsyncIterable<unknown> }
  own(): OwnAnswer
  handlers: EventHandlers
  log: Logger
  signal: AbortSignal
  now?: () => number
}

/** Events and queries of one node, with their history. */
export type NodeEvents = {
  raise: Raise
  ask: Ask
  history: EventHistory
  /** What Serf's stream brings. */
  message(message: SerfMessage): void
  /** The children as they are now, for 2015's event `supervisor`. */
  children(children: readonly WatchedChild[]): void
  /** The node is up and its children run; told once in its life. */
  start(): void
  /** The node stops. */
  stop(): void
  /** Waits until all that is known of the children is told, at most so long. */
  settle(ms: number): Promise<void>
  /** Notes what handled an event. */
  onHandled(id: string, by: Handled): void
  /** Each runs until the signal aborts, and may be run again when it fails. */
  parts: { members(): Promise<void>; supervisor(): Promise<void> }
}

/** Plugs the parts of events together. */
export const createEvents = (options: EventsOptions): NodeEvents => {
  const { self, path, serf, catalog, handlers, log, signal } = options
  const clock = options.now ?? (() => performance.now())
  const history = createHistory({ path, log })
  const raised = createRaised(clock)
  const members = (): readonly Member[] => catalog.snapshot().members
  const incoming = createIncoming({
    self: self.name,
    history,
    raised,
    dispatch: handlers.dispatch,
    answer: (query, key) => answer(query, key),
    alone: () => {
      const { version, members } = catalog.snapshot()
      // Before the first list nothing is known, which is not the same as nobody being there.
      return version > 0 && !members.some(({ id, status }) => id !== self.id && status === 'alive')
    },
    isSettled: options.isSettled,
    log,
    signal,
  })
  const answer = answerQueries({
    own: options.own,
    answer: handlers.answer,
    respond: options.respond,
    note: incoming.noteQuery,
    onHandled: history.handled,
    log,
    signal,
    now: clock,
  })
  const rate = createRate({ now: clock })
  const raise = createRaise({ serf, rate, raised })
  const supervisor = createSupervisorEvents({
    node: self.id,
    raise: createRaise({ serf, rate: { take: rate.takeInTurn }, raised }),
    records: history.since(0),
    isNewNode: !options.isAgentRestart,
    log,
    signal,
  })
  return {
    raise,
    ask: createAsk({ self: self.id, serf, members }),
    history,
    message: incoming.message,
    children: supervisor.show,
    start: incoming.start,
    stop: incoming.stop,
    settle: supervisor.settle,
    onHandled: history.handled,
    parts: {
      members: () =>
        tellMembers({
          catalog,
          told: history.told,
          tell: (event) => incoming.tell(event),
          signal,
        }),
      supervisor: supervisor.run,
    },
  }
}
