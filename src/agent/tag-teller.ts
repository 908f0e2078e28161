import type { Ports } from '../catalog/node-info.ts'
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

const RETRY_MS = 2_000
/** There may be a thousand. */
const SHOWN = 10

const LEFT_OUT = 'ports without room in the tags: other nodes fetch them by the query `ports`'
const UNTOLD = 'ports that other nodes do not learn of: neither tcp nor udp, or too many'

/** Tags that a hidden service lacks, and `more_ports` also one whose ports all fit. */
const SERVICE_TAGS = ['service', 'service_port', 'ports', 'more_ports']

/**
 * Tells Serf what this node is, one change at a time; what is overtaken by a newer one is not told
 * at all.
 */
export const createTagTeller = ({ write, send, log }: TagTellerOptions) => {
  let wanted: OwnFacts | undefined
  let told = ''
  let turn: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined

  const tellNewest = async (): Promise<void> => {
    if (!wanted) return
    const { tags, leftOut, untold } = fitTags(wanted)
    const text = JSON.stringify(tags)
    if (text === told) return
    const { role, service_ip, ports } = wanted
    const remove = SERVICE_TAGS.filter((tag) => !(tag in tags))
    // The running serf hears of it even when the disk is full.
    const results = await Promise.allSettled([write(tags), send({ set: tags, remove })])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    told = text
    sayPorts(LEFT_OUT, leftOut)
    sayPorts(UNTOLD, untold)
    const state = service_ip === undefined ? 'service hidden' : 'service visible'
    log.info({ role, service_ip, ports: Object.keys(ports) }, state)
  }
  const sayPorts = (what: string, some: Ports): void => {
    const keys = Object.keys(some)
    if (keys.length > 0) log.warn({ count: keys.length, first: keys.slice(0, SHOWN) }, what)
  }
  const takeTurn = (): Promise<void> => {
    turn = turn.then(tellNewest).catch((error: unknown) => {
      log.debug({ error: describeError(error) }, 'tags not told yet, trying again')
      clearTimeout(retry)
      retry = setTimeout(takeTurn, RETRY_MS).unref()
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
