import { isMap, isSeq } from 'yaml'
import { quoted } from './printable.ts'
import { suggest } from './suggest.ts'
import { entriesOf, isNothing, itemsOf, refuse, report, textOf, type Value } from './yaml-value.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * What a value must look like. `read` gives the value, or reports what is wrong at its place and
 * gives undefined; `schema` says the same to an editor.
 */
export type Shape<T> = {
  expected: string
  schema: JsonSchema
  read: (value: Value) => T | undefined
}

/** Why a text is refused, when `expected` alone would not help. */
export class Advice {
  readonly text: string
  readonly expected: string | undefined

  constructor(text: string, expected?: string) {
    this.text = text
    this.expected = expected
  }
}

/** A scalar, understood by `parse`: its value, an Advice, or undefined when it is malformed. */
export const parsed = <T>(options: {
  expected: string
  parse: (text: string) => T | Advice | undefined
  schema?: JsonSchema
  secret?: boolean
}): Shape<T> => {
  const { expected, parse, schema = { type: 'string' }, secret = false } = options
  return {
    expected,
    schema,
    read: (value) => {
      const text = textOf(value)
      if (text === undefined) return refuse(value, expected)
      const result = text.includes('\0') ? undefined : parse(text)
      if (result === undefined) return refuse(value, expected, { secret })
      if (!(result instanceof Advice)) return result
      return refuse(value, result.expected ?? expected, { advice: result.text, secret })
    },
  }
}

/** A list of items; with `orOne` a single item may stand without a list. */
export const listOf = <T>(item: Shape<T>, options: { orOne?: boolean } = {}): Shape<T[]> => {
  const list = { type: 'array', items: item.schema }
  const expected = options.orOne ? `${item.expected}, or a list of such` : 'a list'
  return {
    expected,
    schema: options.orOne ? { anyOf: [item.schema, list] } : list,
    read: (value) => {
      if (isNothing(value)) return []
      const alone = options.orOne && !isSeq(value.node) && !isMap(value.node)
      const items = alone ? [value] : itemsOf(value)
      if (items === undefined) return refuse(value, expected)
      return items.map(item.read).filter((each) => each !== undefined)
    },
  }
}

/** Keeps the value beside what was read, for checks that need more than the value itself. */
export type At<T> = { is: T; at: Value }

export const at = <T>(shape: Shape<T>): Shape<At<T>> => ({
  ...shape,
  read: (value) => {
    const is = shape.read(value)
    return is === undefined ? undefined : { is, at: value }
  },
})

/** A short spelling as a scalar, a long one as a map. */
export const shortOrLong = <T>(short: Shape<T>, long: Shape<T>): Shape<T> => ({
  expected: short.expected,
  schema: { anyOf: [short.schema, long.schema] },
  read: (value) => (isMap(value.node) ? long : short).read(value),
})

export type Field<T> = { shape: Shape<T>; meaning: string; required?: boolean }
export type Fields<R> = { readonly [K in keyof R]-?: Field<Exclude<R[K], undefined>> }

export type FieldsOptions = {
  /** What to do instead, for keys that people know from elsewhere. */
  advice?: Readonly<Record<string, string>>
  /** Whether keys beginning with `x-` are passed over. */
  extensions?: boolean
}

/**
 * The known keys of a map; a key without a value counts as absent. Undefined when it is no map or
 * a required key is missing.
 */
export const readFields = <R extends object>(
  value: Value,
  fields: Fields<R>,
  { advice = {}, extensions = false }: FieldsOptions = {},
): Partial<R> | undefined => {
  const entries = entriesOf(value)
  const names = Object.keys(fields)
  if (entries === undefined) return refuse(value, `a map with ${oneOf(names)}`)
  const read = new Map<string, unknown>()
  let hinted = ''
  for (const { key, at: place, value: below } of entries) {
    if (Object.hasOwn(fields, key)) {
      const result = isNothing(below) ? undefined : fields[key as keyof R].shape.read(below)
      if (result !== undefined) read.set(key, result)
    } else if (!extensions || !key.startsWith('x-')) {
      const hint = Object.hasOwn(advice, key) ? `; ${advice[key]}` : suggest(key, names)
      report(place, `unknown key ${quoted(key)}${hint}`)
      hinted += hint
    }
  }
  const missing = names.find((name) => fields[name as keyof R].required && lacks(entries, name))
  if (missing !== undefined) {
    // `imge` was reported already.
    if (hinted.includes(`"${missing}"`)) return undefined
    return report(value, `no "${missing}", expected ${fields[missing as keyof R].shape.expected}`)
  }
  return Object.fromEntries(read) as Partial<R>
}

export const fieldsSchema = (fields: Fields<object>, extensions = false): JsonSchema => {
  const all = Object.entries(fields) as [string, Field<unknown>][]
  const required = all.filter(([, field]) => field.required).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(
      all.map(([name, { shape, meaning }]) => [name, { description: meaning, ...shape.schema }]),
    ),
    ...(required.length > 0 ? { required } : {}),
    ...(extensions ? { patternProperties: { '^x-': {} } } : {}),
    additionalProperties: false,
  }
}

const lacks = (entries: { key: string; value: Value }[], name: string): boolean =>
  !entries.some(({ key, value }) => key === name && !isNothing(value))

const oneOf = (names: string[]): string =>
  names.length > 4
    ? `keys such as ${names.slice(0, 3).join(', ')}`
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
