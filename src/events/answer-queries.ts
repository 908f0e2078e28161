import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { answerQuery, askedRole, isForParts, isOfEveryNode, type OwnAnswer } from './answers.ts'
import { answerRoom } from './limits.ts'
import type { EventHandlers, Handled, NodeQuery, QueryEvent } from './types.ts'

/** Zero bytes: nobody here has an answer, so the asker need not wait. */
export const NO_ANSWER = new Uint8Array(0)

const ANSWERS_KEPT = 256
/** Gossip brings the queries of one tick within seconds; a serf that was restarted counts anew. */
const SAME_TICK_MS = 10_000

export type AnswerQueriesOptions = {
  own(): OwnAnswer
  answer: EventHandlers['answer']
  respond(serfId: number, payload: Uint8Array): Promise<void>
  /** Notes a query; undefined when it was heard before, in this life of the node. */
  note(query: QueryEvent): NodeQuery | undefined
  onHandled(id: string, by: Handled): void
  log: Logger
  signal: AbortSignal
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/**
 * Answers every query that Serf brings: with what the node itself knows, else with what a handler
 * says, else with zero bytes at once. Only to 2015's queries for another role nothing is said, as
 * then: plain askers take every answer for one.
 */
export const answerQueries = (options: AnswerQueriesOptions) => {
  const { own, answer, respond, note, onHandled, log, signal } = options
  const { now = () => performance.now() } = options
  // Two members that ask the same at the same tick of Serf's clock each get an answer, of one run.
  const answers = new Map<string, { at: number; made: Promise<Uint8Array> }>()

  const byHandler = async (query: NodeQuery): Promise<Uint8Array> => {
    const { id, name } = query
    try {
      const payload = (await answer(query, signal)) ?? NO_ANSWER
      const room = answerRoom(own().id)
      if (payload.length <= room) return payload
      const facts = { query: name, id, bytes: payload.length, limit: room }
      log.warn(facts, 'an answer is too long for serf: answered with none')
    } catch (error) {
      log.warn({ query: name, id, error: describeError(error) }, 'query not handled')
    }
    return NO_ANSWER
  }
  const make = (query: QueryEvent, key: string): Promise<Uint8Array> => {
    const { name } = query
    const text = Buffer.from(query.payload).toString()
    const known = answerQuery(name, text, own())
    const mine = known === undefined ? NO_ANSWER : Buffer.from(known)
    if (isForParts(name, text)) return Promise.resolve(mine)
    const before = answers.get(key)
    if (before && now() - before.at < SAME_TICK_MS) return before.made
    const noted = note(query)
    if (!noted) return Promise.resolve(mine)
    const isOurs = isOfEveryNode(name)
    if (isOurs) onHandled(noted.id, { handler: 'serfnode', outcome: 'ok', ms: 0 })
    const made = isOurs ? Promise.resolve(mine) : byHandler(noted)
    answers.set(key, { at: now(), made })
    const [oldest] = answers.keys()
    if (answers.size > ANSWERS_KEPT && oldest !== undefined) answers.delete(oldest)
    return made
  }

  return async (query: QueryEvent, key: string): Promise<void> => {
    const role = askedRole(query.name, Buffer.from(query.payload).toString())
    if (role !== undefined && role !== own().role) return
    try {
      await respond(query.serfId, await make(query, key))
    } catch (error) {
      if (signal.aborted) return
      log.warn({ query: query.name, error: describeError(error) }, 'query not answered')
    }
  }
}
