import { decodeText, KEY_MARK } from './codec.ts'
import { SerfError } from './errors.ts'

/** A map as the codec hands it over; read it with the functions below. */
export type Fields = { readonly [markedKey: string]: unknown }

/** Takes a decoded value as a map, or throws SerfError `malformed` naming `what`. */
export const asFields = (value: unknown, what: string): Fields => {
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === plain) {
    return value as Fields
  }
  throw wrong(what, 'a map', value)
}

export const textField = (fields: Fields, name: string): string => asText(pick(fields, name), name)

/** A copy, so that a small payload does not hold on to the chunk it came in; nil is empty. */
export const bytesField = (fields: Fields, name: string): Uint8Array => {
  const value = pick(fields, name)
  if (value === null) return new Uint8Array(0)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  throw wrong(name, 'bytes', value)
}

export const flagField = (fields: Fields, name: string): boolean => {
  const value = pick(fields, name)
  if (typeof value === 'boolean') return value
  throw wrong(name, 'true or false', value)
}

export const numberField = (fields: Fields, name: string): number =>
  asNumber(pick(fields, name), name)

export const fieldsField = (fields: Fields, name: string): Fields =>
  asFields(pick(fields, name), name)

/** A whole number from 0 to `max`. */
export const countField = (
  fields: Fields,
  name: string,
  max: number = Number.MAX_SAFE_INTEGER,
): number => {
  const value = numberField(fields, name)
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw wrong(name, `a whole number up to ${max}`, value)
}

/** Go sends an empty list or map as nil when it never made one. */
export const listField = <T>(
  fields: Fields,
  name: string,
  read: (value: unknown, what: string) => T,
): T[] => {
  const value = pick(fields, name)
  if (value === null) return []
  if (!Array.isArray(value)) throw wrong(name, 'a list', value)
  return value.map((item, index) => read(item, `${name}[${index}]`))
}

export const mapField = <T>(
  fields: Fields,
  name: string,
  read: (value: unknown, what: string) => T,
): Record<string, T> => readMap(pick(fields, name), name, read)

/** A map without a prototype: `__proto__` is a key like any other in it. */
export const readMap = <T>(
  value: unknown,
  what: string,
  read: (value: unknown, what: string) => T,
): Record<string, T> => {
  const map: Record<string, T> = Object.create(null)
  if (value === null) return map
  for (const [key, item] of Object.entries(asFields(value, what))) {
    const name = key.slice(KEY_MARK.length)
    map[name] = read(item, `${what}.${name}`)
  }
  return map
}

export const asText = (value: unknown, what: string): string => {
  if (value instanceof Uint8Array) return decodeText(value)
  throw wrong(what, 'a text', value)
}

export const asNumber = (value: unknown, what: string): number => {
  if (typeof value === 'number') return value
  throw wrong(what, 'a number', value)
}

const plain = Object.prototype

const pick = (fields: Fields, name: string): unknown => {
  const value = fields[KEY_MARK + name]
  if (value === undefined) throw new SerfError('malformed', `${name} is missing`)
  return value
}

const wrong = (what: string, expected: string, value: unknown): SerfError => {
  const found = value === null ? 'nil' : Array.isArray(value) ? 'a list' : typeof value
  return new SerfError('malformed', `${what.slice(0, 100)}: expected ${expected}, found ${found}`)
}
