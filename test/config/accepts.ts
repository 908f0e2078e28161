type Schema = { readonly [key: string]: unknown }

/**
 * Whether `schema` (draft 7, only the words that we use) accepts `value`; an unknown word throws,
 * so that the check cannot pass for want of understanding.
 */
export const accepts = (schema: Schema, value: unknown, root: Schema = schema): boolean =>
  Object.entries(schema).every(([word, rule]) => {
    const check = words[word]
    if (check === undefined) throw new Error(`the schema uses "${word}", unknown here`)
    return check(rule as never, value, root, schema)
  })

type Check = (rule: never, value: unknown, root: Schema, schema: Schema) => boolean

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const typeOf = (value: unknown): string => {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

const isType = (type: string, value: unknown): boolean =>
  type === 'integer' ? Number.isInteger(value) : type === typeOf(value)

const words: Record<string, Check> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  definitions: () => true,
  $ref: (path: string, value, root) => {
    const name = path.replace('#/definitions/', '')
    return accepts((root['definitions'] as Record<string, Schema>)[name]!, value, root)
  },
  type: (types: string | string[], value) => [types].flat().some((type) => isType(type, value)),
  enum: (values: unknown[], value) => values.includes(value),
  pattern: (source: string, value) =>
    typeof value !== 'string' || new RegExp(source, 'u').test(value),
  minimum: (least: number, value) => typeof value !== 'number' || value >= least,
  maximum: (most: number, value) => typeof value !== 'number' || value <= most,
  minProperties: (least: number, value) => !isObject(value) || Object.keys(value).length >= least,
  maxProperties: (most: number, value) => !isObject(value) || Object.keys(value).length <= most,
  anyOf: (schemas: Schema[], value, root) => schemas.some((each) => accepts(each, value, root)),
  items: (item: Schema, value, root) =>
    !Array.isArray(value) || value.every((each) => accepts(item, each, root)),
  required: (names: string[], value) =>
    !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  properties: (properties: Record<string, Schema>, value, root) =>
    !isObject(value) ||
    Object.entries(properties).every(
      ([name, each]) => !Object.hasOwn(value, name) || accepts(each, value[name], root),
    ),
  patternProperties: (patterns: Record<string, Schema>, value, root) =>
    !isObject(value) ||
    Object.entries(patterns).every(([source, each]) =>
      Object.entries(value).every(
        ([name, below]) => !new RegExp(source, 'u').test(name) || accepts(each, below, root),
      ),
    ),
  additionalProperties: (rule: boolean | Schema, value, root, schema) => {
    if (!isObject(value)) return true
    const patterns = Object.keys((schema['patternProperties'] as object | undefined) ?? {})
    const others = Object.keys(value).filter(
      (name) =>
        !Object.hasOwn((schema['properties'] as object | undefined) ?? {}, name) &&
        !patterns.some((source) => new RegExp(source, 'u').test(name)),
    )
    if (typeof rule === 'boolean') return rule || others.length === 0
    return others.every((name) => accepts(rule, value[name], root))
  },
}
