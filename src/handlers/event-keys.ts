const SHORT: Readonly<Record<string, string>> = {
  join: 'member-join',
  leave: 'member-leave',
  fail: 'member-failed',
  update: 'member-update',
  reap: 'member-reap',
  supervisor: 'user:supervisor',
  all: '*',
}
const WORDS = [...Object.values(SHORT), 'user', 'query', 'start', 'stop']

/** Endings of file names that say a language and not an event. */
const ENDINGS = new Set(
  'sh bash dash zsh py rb pl lua php awk tcl js mjs cjs ts mts cts bin exe'.split(' '),
)

/**
 * What a handler hears, as Serf writes it: `member-join`, `user:deploy`, `query:load`, `user` or
 * `query` (all of them), `*`; besides `start` and `stop`, and the short names `join`, `leave`,
 * `fail`, `update`, `reap`, `supervisor` and `all`. Undefined for anything else.
 */
export const readEventKey = (text: string): string | undefined => {
  if (Object.hasOwn(SHORT, text)) return SHORT[text]
  return WORDS.includes(text) || /^(user|query):[!-~]{1,64}$/.test(text) ? text : undefined
}

/**
 * What the file's name says: `member-join.sh`, `user.deploy.sh`, `query.load.py`, `all.sh`,
 * `user.sh` (every user event). Undefined when it names no event.
 */
export const eventKeyOfFile = (file: string): string | undefined => {
  const parts = file.split('.')
  if (parts.length > 1 && ENDINGS.has(parts.at(-1) ?? '')) parts.pop()
  const [first = '', ...rest] = parts
  const ofName = (first === 'user' || first === 'query') && rest.length > 0
  return readEventKey(ofName ? `${first}:${rest.join('.')}` : parts.join('.'))
}

/** What says who hears an event. */
export type Heard = Readonly<{ type: string; name?: string }>

/** The keys that an event goes by, the most special one first. */
export const keysOf = (event: Heard): readonly string[] =>
  event.type === 'user' || event.type === 'query'
    ? [`${event.type}:${event.name}`, event.type, '*']
    : [event.type, '*']

/** The most special of `keys` that fits the event; undefined when it is not for them. */
export const keyFor = (keys: Iterable<string>, event: Heard): string | undefined => {
  const known = new Set(keys)
  return keysOf(event).find((key) => known.has(key))
}
