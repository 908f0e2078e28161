import type { AskFilter, AskRequest } from '../../../events/types.ts'
import { fieldsOf, neededText, numberField, textField } from '../body.ts'
import { HttpError } from '../http-error.ts'
import { ref } from '../openapi/schemas.ts'
import { givenPayload, shownPayload } from '../payload.ts'
import { problemOf } from '../problem.ts'
import { type Answer, type Call, JSON_TYPE, json, NDJSON_TYPE, type Route } from '../route.ts'
import { WATCH, watched } from '../watch.ts'

const MOST_EVENTS = 1_000

const list = (call: Call): Promise<Answer> => {
  const { watch, limit = `${MOST_EVENTS}`, since } = call.query
  if (watch !== undefined && since !== undefined) {
    throw new HttpError('query', 'watch and since are both given; keep one')
  }
  const body = (index: string): object => {
    const after = since === undefined ? call.live.eventOf(watch ?? '') : Number(since)
    const most = Math.min(MOST_EVENTS, Number(limit))
    const events = call.api.events.history.since(after ?? 0, MOST_EVENTS)
    // After an index the next ones, else the newest.
    const chosen = after === undefined ? events.slice(-most) : events.slice(0, most)
    // Whoever goes on watching from here must not miss what did not fit.
    const last = chosen.at(-1)
    const next = last && after !== undefined ? call.live.eventIndex(last.index) : index
    return { index: next, events: chosen }
  }
  // What handled an event is noted later and leaves the index as it is.
  return watched(call, 'events', body, { etag: 'body' })
}

const raise = async ({ api, body }: Call): Promise<Answer> => {
  const fields = fieldsOf(body, ['name', 'payload', 'payload_base64'])
  await api.events.raise(neededText(fields, 'name'), givenPayload(fields), { origin: 'http' })
  return { status: 202 }
}

// An empty filter can crash every Serf that receives it: none is let through, of whatever form.
const filterOf = (value: unknown): AskFilter | undefined => {
  if (value === undefined) return undefined
  const fields = fieldsOf(value, ['nodes', 'role', 'tags'])
  const role = textField(fields, 'role')
  const { nodes, tags } = fields
  const filter = {
    ...(nodes !== undefined && { nodes: namesOf(nodes) }),
    ...(role !== undefined && { role }),
    ...(tags !== undefined && { tags: tagsOf(tags) }),
  }
  if (Object.keys(filter).length === 0) {
    throw new HttpError('json', 'filter: is empty; leave it out to ask everybody')
  }
  return filter
}

const namesOf = (value: unknown): string[] => {
  const names = Array.isArray(value) ? value : []
  const legal = names.every((name) => typeof name === 'string' && /^[!-~]{1,128}$/.test(name))
  if (names.length === 0 || names.length > 100 || !legal) {
    throw new HttpError('json', 'filter.nodes: expected a list of 1 to 100 names of nodes')
  }
  return names
}

const tagsOf = (value: unknown): Record<string, string> => {
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const legal = given.every(
    ([tag, is]) => /^[!-~]{1,64}$/.test(tag) && typeof is === 'string' && /^.{1,512}$/.test(is),
  )
  if (Array.isArray(value) || given.length === 0 || given.length > 16 || !legal) {
    throw new HttpError('json', 'filter.tags: expected 1 to 16 tags with a text each')
  }
  return Object.fromEntries(given)
}

const askOf = (body: unknown): AskRequest => {
  const known = ['name', 'payload', 'payload_base64', 'filter', 'timeout_ms']
  const fields = fieldsOf(body, known)
  const filter = filterOf(fields['filter'])
  const timeoutMs = numberField(fields, 'timeout_ms', { least: 50, most: 60_000 })
  return {
    name: neededText(fields, 'name'),
    payload: givenPayload(fields),
    ...(filter && { filter }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

async function* records(call: Call, request: AskRequest) {
  for await (const record of call.api.events.ask(request, call.signal)) {
    if (record.type === 'end') yield record
    else {
      const { type, id, name, payload } = record
      yield { type, id, name, ...shownPayload(payload) }
    }
  }
}

type Shown = ReturnType<typeof records> extends AsyncGenerator<infer Record> ? Record : never

async function* asLines(
  first: IteratorResult<Shown>,
  rest: AsyncGenerator<Shown>,
): AsyncGenerator<string> {
  try {
    if (!first.done) yield `${JSON.stringify(first.value)}\n`
    for await (const record of rest) yield `${JSON.stringify(record)}\n`
  } catch (error) {
    yield `${JSON.stringify({ type: 'error', error: problemOf(error) })}\n`
  } finally {
    await rest.return(undefined)
  }
}

const ask = async (call: Call): Promise<Answer> => {
  const request = askOf(call.body)
  call.live.hold.query(call.signal)
  const asked = records(call, request)
  if (call.header('accept')?.includes(NDJSON_TYPE)) {
    // What is refused before anything is sent gets its own status.
    return { type: NDJSON_TYPE, body: asLines(await asked.next(), asked) }
  }
  const answers: object[] = []
  for await (const { type, ...record } of asked) {
    if (type === 'answer') answers.push(record)
    else return json({ answers, ...record })
  }
  return json({ answers, answered: answers.length })
}

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/events',
    right: 'read',
    summary: 'The last events of this node, the oldest first.',
    query: {
      since: {
        pattern: /^\d{1,15}$/,
        meaning: 'Only those after this number (`index` of an event).',
      },
      limit: { pattern: /^[1-9]\d{0,3}$/, meaning: 'How many at most; 1000 when absent.' },
      ...WATCH,
    },
    gives: { [JSON_TYPE]: ref('Events') },
    handle: list,
  },
  {
    method: 'POST',
    path: '/v1/events',
    right: 'events',
    summary: 'Raises an event in the whole cluster.',
    takes: ref('Raise'),
    gives: {},
    also: {
      202: 'Serf has it.',
      413: 'The payload does not fit into an event of this name.',
      429: 'Too many events; nothing was raised.',
    },
    handle: raise,
  },
  {
    method: 'POST',
    path: '/v1/queries',
    right: 'events',
    summary:
      'Asks the cluster; answers one by one as they come when `Accept` has application/x-ndjson.',
    takes: ref('Ask'),
    gives: { [JSON_TYPE]: ref('Answers'), [NDJSON_TYPE]: ref('AskRecord') },
    also: {
      413: 'The payload does not fit into a query.',
      503: 'Too many queries are under way.',
    },
    handle: ask,
  },
]
