import { createFeed } from '../catalog/feed.ts'
import type { Member } from '../catalog/member.ts'
import type { Logger } from '../lib/log.ts'
import { contentHash, eventId } from './event-id.ts'
import { type Entry, openJournal, readJournal } from './journal.ts'
import { recordOf } from './record.ts'
import type { EventHistory, EventRecord, Handled, Happening, NodeEvent } from './types.ts'

const EVENTS_KEPT = 1_000
/** Of their JSON: strangers may send larger events than we do. */
const BYTES_KEPT = 2 * 1024 * 1024
/** Serf itself repeats events of the last 512 ticks of its clock, of which each may have several. */
const IDS_KEPT = 4_096
const HANDLERS_KEPT = 32

export type HistoryOptions = {
  /** Lives as long as the node; absent: in memory alone. */
  path?: string
  log: Logger
  now?: () => number
}

export type History = EventHistory & {
  /** Numbers and notes what happened, before anybody acts on it. */
  add<H extends Happening>(
    happening: H,
    by?: { origin?: string; via?: string },
  ): H & Pick<NodeEvent, 'id' | 'index' | 'time'>
  /** Whether a user event or query of this id was added before. */
  hasSeen(id: string): boolean
  hasStarted(): boolean
  /** The greatest Lamport time of a user event, 0 before the first. */
  newest(): number
  /** Members as they were told last, by their ids. */
  told(): ReadonlyMap<string, Member>
  handled(id: string, by: Handled): void
  close(): void
}

type Kept = { record: EventRecord; bytes: number }

/** The last events of a node's life, also over restarts of its agent. */
export const createHistory = ({ path, log, now = Date.now }: HistoryOptions): History => {
  const feed = createFeed<'news'>({ limit: 1, instead: 'news' })
  const seen = new Set<string>()
  const members = new Map<string, Member>()
  let kept: Kept[] = []
  let keptBytes = 0
  let last = 0
  let started = false
  let newest = 0

  const see = (id: string): void => {
    seen.add(id)
    if (seen.size <= IDS_KEPT) return
    for (const oldest of seen) {
      seen.delete(oldest)
      return
    }
  }
  const keep = (record: EventRecord): void => {
    const bytes = JSON.stringify(record).length
    kept.push({ record, bytes })
    keptBytes += bytes
    last = record.index
    if (record.type === 'start') started = true
    if (record.type === 'user') newest = Math.max(newest, record.ltime ?? 0)
    if (record.type === 'user' || record.type === 'query') see(record.id)
    trim()
  }
  const trim = (): void => {
    let drop = 0
    while (kept.length - drop > EVENTS_KEPT || (keptBytes > BYTES_KEPT && drop < kept.length - 1)) {
      keptBytes -= kept[drop++]!.bytes
    }
    if (drop > 0) kept = kept.slice(drop)
  }
  const note = (id: string, index: number | undefined, by: Handled): EventRecord | undefined => {
    const at = kept.findLastIndex(
      ({ record }) => record.id === id && (index === undefined || record.index === index),
    )
    const found = kept[at]
    if (!found || found.record.handled.length >= HANDLERS_KEPT) return undefined
    const record = { ...found.record, handled: [...found.record.handled, by] }
    const more = JSON.stringify(by).length + 1
    kept[at] = { record, bytes: found.bytes + more }
    keptBytes += more
    trim()
    return record
  }
  const tell = (changed: readonly Member[] = [], gone: readonly string[] = []): void => {
    for (const member of changed) members.set(member.id, member)
    for (const id of gone) members.delete(id)
  }
  const recall = (entry: Entry): void => {
    if (entry.kind === 'handled') note(entry.id, entry.index, entry.handled)
    if (entry.kind === 'event') {
      keep(entry.record)
      tell(entry.members, entry.gone)
    }
    if (entry.kind === 'state') {
      last = entry.last
      started = entry.started
      newest = entry.newest
      for (const id of entry.seen) see(id)
      tell(entry.members)
    }
  }
  const whole = (): Entry[] => {
    const state = { last: kept[0] ? kept[0].record.index - 1 : last, started, newest }
    return [
      { kind: 'state', ...state, seen: [...seen], members: [...members.values()] },
      ...kept.map(({ record }): Entry => ({ kind: 'event', record })),
    ]
  }
  if (path !== undefined) for (const entry of readJournal(path, log)) recall(entry)
  const journal = path === undefined ? undefined : openJournal({ path, whole, log, now })

  return {
    get last() {
      return last
    },
    since: (index, limit = EVENTS_KEPT) => {
      // Indexes have no gaps, so the place is known.
      const first = kept[0]?.record.index ?? 0
      const from = Math.max(0, index + 1 - first)
      return kept.slice(from, from + limit).map(({ record }) => record)
    },
    changes: (signal) => feed.read(signal),
    add: (happening, by) => {
      const index = last + 1
      const event = {
        ...happening,
        id: idOf(happening, index),
        index,
        time: new Date(now()).toISOString(),
      }
      const record = recordOf(event, by)
      keep(record)
      const news = memberNews(happening)
      tell(news.members, news.gone)
      journal?.append({ kind: 'event', record, ...news })
      feed.publish(['news'])
      return event
    },
    hasSeen: (id) => seen.has(id),
    hasStarted: () => started,
    newest: () => newest,
    told: () => members,
    handled: (id, by) => {
      const record = note(id, undefined, by)
      if (!record) return
      journal?.append({ kind: 'handled', index: record.index, id, handled: by })
      feed.publish(['news'])
    },
    close: () => journal?.close(),
  }
}

const idOf = (happening: Happening, index: number): string =>
  'payload' in happening
    ? eventId(happening.ltime, contentHash(happening.name, happening.payload))
    : `${happening.type}-${index}`

const memberNews = (happening: Happening): { members?: readonly Member[]; gone?: string[] } => {
  if (!('members' in happening)) return {}
  if (happening.type !== 'member-reap') return { members: happening.members }
  return { gone: happening.members.map(({ id }) => id) }
}
