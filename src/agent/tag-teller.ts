import { fitTags, type OwnFacts } from '../catalog/tags.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'

export type TagTellerOptions = {
  /** Writes the tags where a restarted serf reads them. */
  write(tags: Record<string, string>): Promise<void>
  /** Tells the running serf; rejects when there is none. */
  send(change: { set: Record<string, string>; remove: string[] }): Promise<void>
  log: Logger
}

/** Tags that a hidden service lacks. */
const SERVICE_TAGS = ['service', 'service_port', 'ports']

/**
 * Tells Serf what this node is, one change at a time; what is overtaken by a newer one is not told
 * at all.
 */
export const createTagTeller = ({ write, send, log }: TagTellerOptions) => {
  let wanted: OwnFacts | undefined
  let told = ''
  let turn: Promise<void> = Promise.resolve()

  const tellNewest = async (): Promise<void> => {
    if (!wanted) return
    const { tags, leftOut } = fitTags(wanted)
    const text = JSON.stringify(tags)
    if (text === told) return
    const { role, service_ip, ports } = wanted
    await write(tags)
    const remove = SERVICE_TAGS.filter((tag) => !(tag in tags))
    await send({ set: tags, remove })
    told = text
    if (Object.keys(leftOut).length > 0) {
      log.warn({ ports: leftOut }, 'ports without room in the tags: the query `ports` has them')
    }
    const state = service_ip === undefined ? 'service hidden' : 'service visible'
    log.info({ role, service_ip, ports: Object.keys(ports) }, state)
  }
  const takeTurn = (): Promise<void> => {
    turn = turn.then(tellNewest).catch((error: unknown) => {
      // Nothing is lost: a new connection to serf tells again.
      log.debug({ error: describeError(error) }, 'tags not told yet')
    })
    return turn
  }
  return {
    /** Resolves when these facts, or newer ones, are told, or cannot be at the moment. */
    tell: (facts: OwnFacts): Promise<void> => {
      wanted = facts
      return takeTurn()
    },
    /** For a new connection: what could not be told before. */
    again: takeTurn,
  }
}
