import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { contentHash, eventId } from './event-id.ts'
import type { History } from './history.ts'
import type { Raised } from './raise.ts'
import type { EventHandlers, Happening, NodeQuery, QueryEvent, UserEvent } from './types.ts'

/** A user event or query as Serf's stream brings it. */
export type SerfMessage =
  | { type: 'user'; name: string; ltime: number; payload: Uint8Array }
  | { type: 'query'; id: number; name: string; ltime: number; payload: Uint8Array }

export type IncomingOptions = {
  /** The node's human name. */
  self: string
  history: History
  raised: Raised
  dispatch: EventHandlers['dispatch']
  answer(query: QueryEvent, key: string): Promise<void>
  /** Whether no other member is alive. */
  alone(): boolean
  /** Whether the present serf has joined: before that, others bring it events of long ago. */
  isSettled(): boolean
  log: Logger
  signal: AbortSignal
  wait?: typeof pause
}

/** Serf lets any text pass; one with control characters would break whoever reads it by line. */
const isName = (name: string): boolean => /^[^\p{Cc}]{1,256}$/u.test(name)

const WAITING_MAX = 64
/** How long a member that repeats old events takes to be seen. */
const SEEN_WITHIN_MS = 1_000

/** What Serf brings, each event handed on at most once in the node's life. */
export const createIncoming = (options: IncomingOptions) => {
  const { self, history, raised, dispatch, alone, log, signal, wait = pause } = options
  let waiting = 0
  let refused = 0

  const tell = (happening: Happening, by?: { origin?: string; via?: string }): void => {
    const event = history.add(happening, by)
    try {
      dispatch(event)
    } catch (error) {
      // A defect of a handler's queue must not end the connection to serf.
      log.error({ id: event.id, error: describeError(error) }, 'event not handed on')
    }
  }

  /**
   * A serf that was restarted while nobody else is alive counts from 1 again, and its events get
   * ids that were there before. Only other members can bring an event a second time, or one of long
   * ago, and a member that comes now is seen within a second.
   */
  const unlessRepeated = async (event: UserEvent): Promise<void> => {
    const { name, ltime } = event
    if (!alone() || waiting >= WAITING_MAX) {
      log.debug({ name, ltime }, 'event not handed on: heard before, or of long ago')
      return
    }
    waiting++
    await wait(SEEN_WITHIN_MS, signal)
    waiting--
    if (alone() && !signal.aborted) tell(event)
  }

  /** Whoever joins a new serf brings it all that it remembers: only what is newer is news to us. */
  const mayBeOld = ({ ltime }: UserEvent): boolean =>
    !options.isSettled() && (history.newest() === 0 || ltime <= history.newest())

  const hearUser = (event: UserEvent): void => {
    const hash = contentHash(event.name, event.payload)
    const ours = raised.take(hash)
    const isOld = history.hasSeen(eventId(event.ltime, hash)) || mayBeOld(event)
    if (isOld && !ours) void unlessRepeated(event)
    else tell(event, ours && { origin: self, ...(ours.via !== undefined && { via: ours.via }) })
  }

  const refuse = ({ type, name }: SerfMessage): void => {
    refused++
    // The 1st, 10th, 100th: a stranger must not fill the log.
    if (!/^10*$/.test(String(refused))) return
    log.warn({ name: name.slice(0, 40), refused }, `${type} refused: its name cannot be`)
  }

  return {
    message: (message: SerfMessage): void => {
      const { name, ltime, payload } = message
      if (!isName(name)) refuse(message)
      else if (message.type === 'user') hearUser({ type: 'user', name, ltime, payload })
      else {
        const query: QueryEvent = { type: 'query', name, ltime, payload, serfId: message.id }
        void options.answer(query, eventId(ltime, contentHash(name, payload)))
      }
    },
    /** Numbers and notes a query; undefined when it was heard before. */
    noteQuery: (query: QueryEvent): NodeQuery | undefined => {
      const id = eventId(query.ltime, contentHash(query.name, query.payload))
      return history.hasSeen(id) && !alone() ? undefined : history.add(query)
    },
    tell,
    /** The node is up and its children run: told once in its life. */
    start: (): void => {
      if (!history.hasStarted()) tell({ type: 'start' })
    },
    stop: (): void => tell({ type: 'stop' }),
  }
}
