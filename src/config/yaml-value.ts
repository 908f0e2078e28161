import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, Scalar } from 'yaml'
import type { Problem } from './config-error.ts'
import { masked, quoted } from './printable.ts'

export type Place = { line?: number; column?: number }

/** What the values of one text have in common. */
export type Source = {
  file: string
  place: (offset: number) => Place
  report: (problem: Problem) => void
  warn: (problem: Problem) => void
  aliases: Map<Alias, Node>
  budget: { left: number }
}

/**
 * A node and how a person calls it: `children.web.ports[0]`. `near` gives the place of a value
 * that is not written at all, as in `{ image }`.
 */
export type Value = { node: unknown; near?: unknown; path: string; source: Source }

export type Entry = { key: string; at: Value; value: Value }

/** A text that did not come from YAML, such as a variable's. */
export const textValue = (
  text: string,
  path: string,
  { report, warn }: Pick<Source, 'report' | 'warn'>,
): Value => ({
  node: new Scalar(text),
  path,
  source: {
    file: 'environment',
    place: () => ({}),
    report,
    warn,
    aliases: new Map(),
    budget: { left: 10_000 },
  },
})

/** Reports `message` at the place of `value`. */
export const report = (value: Value, message: string): undefined => {
  value.source.report(located(value, message))
}

export const warn = (value: Value, message: string): void =>
  value.source.warn(located(value, message))

/** `found "maybe", expected true or false`. With `secret` nothing of the value is shown. */
export const refuse = (
  value: Value,
  expected: string,
  { advice, secret = false }: { advice?: string | undefined; secret?: boolean } = {},
): undefined => {
  const text = textOf(value)
  const found = secret && text !== undefined ? masked(text) : describe(value)
  report(value, `found ${found}, expected ${expected}${advice ? `; ${advice}` : ''}`)
}

/** The value behind an alias, or the value. */
export const follow = (value: Value): Value => {
  const target = isAlias(value.node) ? value.source.aliases.get(value.node) : undefined
  return target === undefined ? value : { ...value, node: target }
}

export const isNothing = ({ node }: Value): boolean =>
  node === null || node === undefined || (isScalar(node) && node.value === null)

/** A scalar as it was written: `1.10` stays `1.10`. Undefined for nothing, lists and maps. */
export const textOf = ({ node }: Value): string | undefined => {
  if (!isScalar(node) || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}

/** The items of a list, aliases followed; undefined when it is no list. */
export const itemsOf = (value: Value): Value[] | undefined => {
  if (!isSeq(value.node)) return undefined
  if (!spend(value, value.node.items.length)) return []
  return value.node.items.map((node, index) =>
    follow({ node, path: `${value.path}[${index}]`, source: value.source }),
  )
}

/** The entries of a map with `<<` merged in, in order; undefined when it is no map. */
export const entriesOf = (value: Value, inside: readonly unknown[] = []): Entry[] | undefined => {
  const { node, path, source } = value
  if (!isMap(node)) return undefined
  if (inside.includes(node)) {
    report(value, 'the alias refers to the map that it stands in')
    return []
  }
  if (!spend(value, node.items.length)) return []
  const own = new Map<string, Entry>()
  const merged: Entry[] = []
  for (const pair of node.items) {
    const at = { node: pair.key, path, source }
    const key = textOf(at)
    if (key === undefined) {
      refuse(at, 'a plain key')
    } else if (key === '<<') {
      merged.push(...entriesToMerge({ node: pair.value, path, source }, [...inside, node]))
    } else {
      const below = { node: pair.value, near: pair.key, path: pathOf(path, key), source }
      own.set(key, { key, at, value: follow(below) })
    }
  }
  for (const entry of merged) if (!own.has(entry.key)) own.set(entry.key, entry)
  return [...own.values()]
}

const entriesToMerge = (written: Value, inside: readonly unknown[]): Entry[] => {
  const value = follow(written)
  const maps = itemsOf(value) ?? [value]
  return maps.flatMap((map) => {
    const entries = entriesOf(map, inside)
    if (entries === undefined) refuse(map, 'a map, or an alias of one, to merge')
    return entries ?? []
  })
}

const pathOf = (path: string, key: string): string => {
  const short = key.length > 64 ? `${key.slice(0, 64)}...` : key
  return path === '' ? short : `${path}.${short}`
}

const located = ({ node, near, path, source }: Value, message: string): Problem => {
  const { range } = (node ?? near ?? {}) as { range?: [number, number, number] | null }
  const at = range ? source.place(range[0]) : {}
  return { file: source.file, ...at, message: path === '' ? message : `${path}: ${message}` }
}

const spend = ({ source }: Value, values: number): boolean => {
  const enough = source.budget.left >= 0
  source.budget.left -= values + 1
  if (source.budget.left >= 0) return true
  if (enough) {
    const message = 'too many values once aliases are resolved; write fewer'
    source.report({ file: source.file, message })
  }
  return false
}

const describe = (value: Value): string => {
  if (isSeq(value.node)) return 'a list'
  if (isMap(value.node)) return 'a map'
  const text = textOf(value)
  if (text === undefined) return 'nothing'
  const { value: plain } = value.node as Scalar
  return typeof plain === 'string' || text.length > 40 ? quoted(text) : text
}
