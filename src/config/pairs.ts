import { isMap, isSeq } from 'yaml'
import { quoted } from './printable.ts'
import { Advice, type JsonSchema, type Shape } from './shape.ts'
import { entriesOf, isNothing, itemsOf, refuse, report, textOf, type Value } from './yaml-value.ts'

/** One `name=value`; `value` undefined: only the name is given. */
export type Pair = { name: string; value: string | undefined; at: Value }

/**
 * Names and values as a map or as a list of `NAME=value`. Values are never shown in a message:
 * they may be passwords.
 */
export const pairs = (expected: string, checkName: NameCheck): Shape<Pair[]> => ({
  expected,
  schema: SCHEMA,
  read: (value) => {
    if (isNothing(value)) return []
    const found = isMap(value.node)
      ? fromMap(value)
      : isSeq(value.node)
        ? fromList(value)
        : undefined
    if (found === undefined) return refuse(value, expected, { secret: true })
    return found.filter((pair) => isNamed(pair, checkName))
  },
})

type NameCheck = (name: string) => Advice | undefined

/** One `NAME=value`, or `NAME`, as a text. */
export const onePair = (expected: string, checkName: NameCheck): Shape<Pair> => ({
  expected,
  schema: { type: 'string' },
  read: (value) => {
    const pair = readPair(value)
    return pair !== undefined && isNamed(pair, checkName) ? pair : undefined
  },
})

const isNamed = ({ name, at }: Pair, checkName: NameCheck): boolean => {
  const advice = checkName(name)
  if (advice !== undefined) report(at, `the name ${quoted(name)} ${advice.text}`)
  return advice === undefined
}

export const checkVariableName = (name: string): Advice | undefined =>
  /^[^\s=\p{Cc}]{1,255}$/u.test(name) ? undefined : new Advice('is not that of a variable')

export const checkLabelName = (name: string): Advice | undefined => {
  if (/^io\.serfnode\./i.test(name)) return new Advice('is reserved: io.serfnode. labels are ours')
  return /^[^=\p{Cc}]{1,255}$/u.test(name) ? undefined : new Advice('is not that of a label')
}

const SCALAR = { type: ['string', 'number', 'boolean', 'null'] }
const SCHEMA: JsonSchema = {
  anyOf: [
    { type: 'object', additionalProperties: SCALAR },
    { type: 'array', items: { type: 'string' } },
  ],
}

const fromMap = (value: Value): Pair[] =>
  (entriesOf(value) ?? []).flatMap(({ key, at, value: below }) => {
    const text = textOf(below)
    if (text === undefined && !isNothing(below)) return refuse(below, 'a text') ?? []
    if (text?.includes('\0')) return report(at, 'the value holds a NUL character') ?? []
    return [{ name: key, value: text, at: { ...at, path: below.path } }]
  })

const fromList = (value: Value): Pair[] =>
  (itemsOf(value) ?? []).flatMap((item) => readPair(item) ?? [])

const readPair = (item: Value): Pair | undefined => {
  const text = textOf(item)
  if (text === undefined) return refuse(item, 'NAME=value or NAME')
  if (text.includes('\0')) return report(item, 'the value holds a NUL character')
  const equals = text.indexOf('=')
  if (equals < 0) return { name: text, value: undefined, at: item }
  return { name: text.slice(0, equals), value: text.slice(equals + 1), at: item }
}
