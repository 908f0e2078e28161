import { CHILD_NAME, childAdvice, childKeys, type WrittenChild } from './child-keys.ts'
import { fieldsSchema, type JsonSchema, readFields, type Shape } from './shape.ts'
import {
  type Entry,
  entriesOf,
  isNothing,
  itemsOf,
  refuse,
  report,
  type Value,
} from './yaml-value.ts'

/** One child as written. `at` is the place of its name. */
export type NamedChild = { name: string; at: Value; written: Partial<WrittenChild> }

export type WrittenChildren = {
  /** Whether the file is a list, whose order is the order of start. */
  ordered: boolean
  children: NamedChild[]
}

const MOST_CHILDREN = 500
const EXPECTED = 'a map of children, or a list of maps with one child each'

/** `children:` in both spellings: the list of 2015 and a map in Compose's words. */
export const childrenShape: Shape<WrittenChildren> = {
  expected: EXPECTED,
  schema: childrenSchema(),
  read: (value) => readChildren(value),
}

/** The JSON Schema of one child. */
export const childSchema = (): JsonSchema => fieldsSchema(childKeys, true)

const readChildren = (value: Value): WrittenChildren => {
  const items = itemsOf(value)
  const entries = items?.flatMap((item) => onlyEntry(item) ?? []) ?? entriesOf(value)
  if (entries === undefined) {
    refuse(value, EXPECTED)
    return { ordered: false, children: [] }
  }
  if (entries.length > MOST_CHILDREN) {
    report(value, `found ${entries.length} children, expected ${MOST_CHILDREN} at most`)
    return { ordered: false, children: [] }
  }
  const children: NamedChild[] = []
  const first = new Map<string, Value>()
  for (const entry of entries) {
    const before = first.get(entry.key)
    if (before !== undefined)
      report(entry.at, `child "${entry.key}" is here twice${lineOf(before)}`)
    else {
      first.set(entry.key, entry.at)
      children.push(...(readChild(entry) ?? []))
    }
  }
  return { ordered: items !== undefined, children }
}

const onlyEntry = (item: Value): Entry | undefined => {
  const entries = entriesOf(item)
  if (entries === undefined) return refuse(item, 'a map with one child')
  const [entry, next] = entries
  if (entry === undefined) return report(item, 'found an empty map, expected a map with one child')
  if (next !== undefined) {
    return report(
      next.at,
      `found a second key "${next.key}", expected one child; indent it, or begin it with "- "`,
    )
  }
  return { ...entry, value: { ...entry.value, path: `children.${entry.key}` } }
}

const readChild = ({ key, at, value }: Entry): NamedChild[] | undefined => {
  if (!CHILD_NAME.test(key)) {
    const advice =
      "63 of letters, digits, '_', '.' and '-' at most, beginning with a letter or digit"
    return refuse(at, "a child's name", { advice })
  }
  if (isNothing(value)) return report(at, `child "${key}" is empty, expected at least "image"`)
  const written = readFields<WrittenChild>(value, childKeys, {
    advice: childAdvice,
    extensions: true,
  })
  // A child that cannot be read still counts as a name, or links to it would be reported too.
  return [{ name: key, at: { ...at, path: `children.${key}` }, written: written ?? {} }]
}

const lineOf = (value: Value): string => {
  const { range } = value.node as { range?: [number, number, number] }
  const line = range ? value.source.place(range[0]).line : undefined
  return line === undefined ? '' : ` (first on line ${line})`
}

function childrenSchema(): JsonSchema {
  const child = { $ref: '#/definitions/child' }
  const map = {
    type: 'object',
    patternProperties: { [CHILD_NAME.source]: child },
    additionalProperties: false,
  }
  const item = { ...map, minProperties: 1, maxProperties: 1 }
  return { anyOf: [map, { type: 'array', items: item }, { type: 'null' }] }
}
