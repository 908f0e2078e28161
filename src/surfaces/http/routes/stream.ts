import type { Live } from '../live.ts'
import type { NodeApi } from '../node-api.ts'
import { type Call, EVENT_STREAM_TYPE, type Route } from '../route.ts'

const HEARTBEAT_MS = 15_000
/** Read from the history at once. */
const BATCH = 100

type Topic = 'catalog' | 'events'
const TOPICS: readonly Topic[] = ['catalog', 'events']

/** Where a reader is: `<catalog's index>~<events' index>`. */
type Place = { catalog: string; events: string }

/** An id that is none of ours is a place that nobody knows any more. */
const placeOf = (id: string): Place => {
  const [, catalog = 'none', events = 'none'] = /^([\w.]{1,64})~([\w.]{1,64})$/.exec(id) ?? []
  return { catalog, events }
}

const now = (live: Live): Place => ({
  catalog: live.index('catalog'),
  events: live.index('events'),
})

const message = (type: string, { catalog, events }: Place, data: string): string =>
  `event: ${type}\nid: ${catalog}~${events}\ndata: ${data}\n\n`

/** What is in the catalog's journal after the reader's place; moves the place. */
function* catalogNews(live: Live, place: Place): Generator<string> {
  const version = live.versionOf(place.catalog)
  const steps = version === undefined ? undefined : live.journal.since(version)
  if (steps === undefined) {
    place.catalog = live.index('catalog')
    yield message('reset', place, JSON.stringify({ topic: 'catalog', index: place.catalog }))
    return
  }
  for (const step of steps) {
    place.catalog = live.catalogIndex(step.version)
    yield message('catalog', place, step.text)
  }
}

/** The history after the reader's place; moves the place. */
function* eventNews({ live, api }: { live: Live; api: NodeApi }, place: Place): Generator<string> {
  const after = live.eventOf(place.events)
  const last = api.events.history.last
  const news =
    after === undefined || after > last ? undefined : api.events.history.since(after, BATCH)
  // The history forgets its oldest: what comes next must be the next.
  const [first] = news ?? []
  const isGap = first !== undefined && after !== undefined && first.index > after + 1
  if (news === undefined || isGap) {
    place.events = live.eventIndex(isGap ? first.index - 1 : last)
    yield message('reset', place, JSON.stringify({ topic: 'events', index: place.events }))
  }
  if (news === undefined) return
  for (const record of news) {
    place.events = live.eventIndex(record.index)
    yield message('event', place, JSON.stringify(record))
  }
  if (news.length === 0) place.events = live.eventIndex(last)
}

/** The messages of a stream until its reader is gone. */
export async function* stream(
  call: Pick<Call, 'api' | 'live' | 'signal' | 'header' | 'query'>,
  topics: readonly Topic[],
  heartbeatMs = HEARTBEAT_MS,
): AsyncGenerator<string> {
  const { api, live, signal } = call
  const id = call.header('last-event-id') || call.query['after']
  const place = id ? placeOf(id) : now(live)
  let due = performance.now() + heartbeatMs
  yield message('hello', place, JSON.stringify({ index: place.catalog }))
  while (!signal.aborted) {
    const began = now(live)
    if (topics.includes('catalog')) yield* catalogNews(live, place)
    else place.catalog = began.catalog
    if (topics.includes('events')) yield* eventNews({ live, api }, place)
    else place.events = began.events
    const isThere = (): boolean =>
      place.catalog === live.index('catalog') && place.events === live.index('events')
    if (!isThere()) continue
    await live.pulse.next(Math.max(0, due - performance.now()), signal)
    // A comment, so that both ends notice a connection that is gone. What wakes this one may be for
    // others only, and must not put it off.
    if (performance.now() < due) continue
    due = performance.now() + heartbeatMs
    yield ': still here\n\n'
  }
}

export const streamRoute: Route = {
  method: 'GET',
  path: '/v1/stream',
  right: 'read',
  summary:
    'Changes of the catalog and events as server-sent events. After a reconnect with `Last-Event-ID` it goes on where it was; `reset` says that something in between is not known any more.',
  query: {
    topics: {
      pattern: /^(catalog|events|catalog,events|events,catalog)$/,
      meaning: '`catalog`, `events`, or both, which is the default.',
    },
    after: {
      pattern: /^[\w.~]{1,129}$/,
      meaning: 'The id of the last message that was read, for clients that cannot send headers.',
    },
  },
  gives: { [EVENT_STREAM_TYPE]: { type: 'string' } },
  handle: (call) => {
    const wanted = call.query['topics']?.split(',')
    const topics = TOPICS.filter((topic) => wanted?.includes(topic) ?? true)
    return {
      type: EVENT_STREAM_TYPE,
      headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      body: stream(call, topics),
    }
  },
}
