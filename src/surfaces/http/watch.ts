import { createHash } from 'node:crypto'
import { HttpError } from './http-error.ts'
import type { Watched } from './live.ts'
import { type Answer, type Call, JSON_TYPE, type Param } from './route.ts'

const DEFAULT_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 300_000

/** The parameters of all that can be watched. */
export const WATCH: Readonly<Record<string, Param>> = {
  watch: {
    pattern: /^[\w.-]{1,64}$/,
    meaning:
      'An `index` of an earlier answer: the answer comes when there is another one, or after `wait`. One that this node does not know is answered at once.',
  },
  wait: {
    pattern: /^\d{1,6}(ms|s|m)$/,
    meaning: 'How long to watch: `500ms`, `30s` (the default), `5m` at most.',
  },
}

/**
 * Answers with what is there, after it has changed where the caller watches; 304 when it is what the
 * caller has.
 */
export const watched = async (
  call: Call,
  what: Watched,
  body: (index: string) => object,
  { etag: of = 'index' }: { etag?: 'index' | 'body' } = {},
): Promise<Answer> => {
  const { watch, wait } = call.query
  if (wait !== undefined && watch === undefined) {
    throw new HttpError('query', 'wait: has no meaning without watch')
  }
  if (watch !== undefined) {
    await call.live.leaves(what, watch, waitMs(wait), call.signal)
  }
  if (what === 'catalog') await firstList(call)
  const index = call.live.index(what)
  const bytes = of === 'body' ? bytesOf(body(index)) : undefined
  const etag = bytes === undefined ? `"${index}"` : `"${digest(bytes)}"`
  const headers = { etag, 'cache-control': 'no-cache' }
  if (isKnown(call.header('if-none-match'), etag)) return { status: 304, headers }
  return { type: JSON_TYPE, headers, body: bytes ?? bytesOf(body(index)) }
}

/** How long a caller is kept while a new agent has not read Serf's list. */
const FIRST_LIST_MS = 2_000

/** A list that was never read must not be taken for an empty cluster. */
const firstList = async ({ api, live, signal }: Call): Promise<void> => {
  if (api.catalog.snapshot().version > 0) return
  await live.leaves('catalog', live.index('catalog'), FIRST_LIST_MS, signal)
  if (api.catalog.snapshot().version > 0) return
  throw new HttpError('not-known', 'the members are not known yet: serf has not told them', {
    retryable: true,
    facts: { headers: { 'retry-after': '1' } },
  })
}

/** What is rendered already stays as it is. */
const bytesOf = (body: object): string | Buffer =>
  body instanceof Buffer ? body : `${JSON.stringify(body)}\n`

const digest = (bytes: string | Buffer): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 22)

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

const waitMs = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_WAIT_MS
  const [, many = '', unit = ''] = /^(\d+)(\D+)$/.exec(text) ?? []
  const ms = Number(many) * (UNITS[unit] ?? 0)
  if (ms > LONGEST_WAIT_MS) throw new HttpError('query', `wait=${text}: 5m at most`)
  return ms
}

const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) ?? false
