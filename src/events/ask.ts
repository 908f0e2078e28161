import type { Member } from '../catalog/member.ts'
import { showText } from '../catalog/show-text.ts'
import { pause } from '../lib/wait.ts'
import {
  awaited,
  checkFilter,
  fitting,
  queryRoom,
  type SerfFilter,
  serfFilter,
} from './addressees.ts'
import { askedRole } from './answers.ts'
import { checkQueryName, EventError } from './limits.ts'
import type { Ask, AskRecord, AskRequest } from './types.ts'

/** What asking needs of Serf. */
export type AskingSerf = {
  query(
    request: SerfFilter & { name: string; payload: Uint8Array; timeoutMs?: number },
    signal: AbortSignal,
  ): AsyncIterable<{ type: 'ack' | 'response' | 'done'; from: string; payload: Uint8Array }>
}

export type AskOptions = {
  /** The member name of the node that asks. */
  self: string
  /** Throws when there is no connection. */
  serf(): AskingSerf
  /** As they are now. */
  members(): Promise<readonly Member[]> | readonly Member[]
  /** How often it is looked whether those who have not answered are still alive. */
  lookMs?: number
}

const LOOK_MS = 500
/** An hour. */
const TIMEOUT_MAX = 3_600_000

type Someone = { id: string; name: string }

/** Asks the members that fit, and does not wait for anybody who has answered. */
export const createAsk =
  (options: AskOptions): Ask =>
  (request, signal) => {
    const { name, filter = {}, timeoutMs } = request
    checkQueryName(name)
    checkFilter(filter)
    const isTime = Number.isInteger(timeoutMs) && timeoutMs! > 0 && timeoutMs! <= TIMEOUT_MAX
    if (timeoutMs !== undefined && !isTime) {
      throw new EventError('timeout', `query ${name}: a time-out is 1 to ${TIMEOUT_MAX} ms`)
    }
    return askThem(request, options, signal)
  }

async function* askThem(
  { name, payload, filter = {}, timeoutMs }: AskRequest,
  { self, serf, members, lookMs = LOOK_MS }: AskOptions,
  signal: AbortSignal,
): AsyncGenerator<AskRecord, void, undefined> {
  const known = await members()
  const role = askedRole(name, Buffer.from(payload).toString())
  const asked = fitting(known, filter).filter(
    ({ tags }) => role === undefined || tags['role'] === role,
  )
  const toSerf = serfFilter({ ...filter, ...(role !== undefined && { role }) }, asked)
  checkSize(name, payload, queryRoom(name, self, toSerf))
  const names = new Map(known.map((member) => [member.id, member.name]))
  const waiting = new Map<string, Someone>(
    awaited(asked, filter).map((member) => [member.id, { id: member.id, name: member.name }]),
  )
  const gone: Someone[] = []
  const heard = new Set<string>()
  let answered = 0
  let isDone = false

  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  /** Whoever dies or leaves meanwhile will not answer any more. */
  const watch = async (): Promise<void> => {
    for (;;) {
      await pause(lookMs, either)
      if (either.aborted) return
      const now = new Map((await members()).map((member) => [member.id, member.status]))
      for (const [id, someone] of waiting) {
        if (now.get(id) === 'alive') continue
        waiting.delete(id)
        gone.push(someone)
      }
      if (waiting.size === 0) over.abort()
    }
  }

  if (waiting.size > 0) {
    const watching = watch().catch(() => {
      // Serf does not answer: the query says so itself.
    })
    const request = { name, payload, ...toSerf, ...(timeoutMs !== undefined && { timeoutMs }) }
    try {
      for await (const record of serf().query(request, either)) {
        const id = showText(record.from)
        isDone ||= record.type === 'done'
        if (record.type !== 'response' || heard.has(id)) continue
        heard.add(id)
        waiting.delete(id)
        if (record.payload.length > 0) {
          answered++
          yield { type: 'answer', id, name: names.get(id) ?? id, payload: record.payload }
        }
        if (waiting.size === 0) break
      }
    } finally {
      over.abort()
      await watching
    }
  }
  if (signal.aborted) return
  // A connection that is closed from our side ends without a word.
  if (waiting.size > 0 && !isDone) {
    throw new EventError('lost', `query ${name}: serf went away`, { retryable: true })
  }
  const silent = [...gone, ...waiting.values()].filter(({ id }) => !heard.has(id))
  yield { type: 'end', answered, none: heard.size - answered, silent }
}

const checkSize = (name: string, payload: Uint8Array, room: number): void => {
  if (payload.length <= room) return
  const bytes = payload.length
  throw new EventError(
    'payload-size',
    room < 0
      ? `query ${name}: its filter is ${-room} bytes too long for serf`
      : `query ${name}: the payload has ${bytes} bytes, at most ${room} fit with this name and filter`,
    { facts: { bytes, limit: Math.max(0, room) } },
  )
}
