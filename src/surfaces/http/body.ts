import { HttpError } from './http-error.ts'

type Fields = Readonly<Record<string, unknown>>

/** The body as an object with only these fields; throws HttpError `json`. */
export const fieldsOf = (body: unknown, known: readonly string[]): Fields => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError('json', `expected an object with ${known.join(', ')}`)
  }
  const unknown = Object.keys(body).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 40))
    throw new HttpError('json', `unknown field ${shown}; there are ${known.join(', ')}`)
  }
  return body as Fields
}

/** A text that is not empty; undefined when it is absent. */
export const textField = (fields: Fields, name: string): string | undefined => {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > 512) {
    throw new HttpError('json', `${name}: expected a text of 1 to 512 characters`)
  }
  return value
}

export const neededText = (fields: Fields, name: string): string => {
  const value = textField(fields, name)
  if (value === undefined) throw new HttpError('json', `${name} is missing`)
  return value
}

export const numberField = (
  fields: Fields,
  name: string,
  { least, most }: { least: number; most: number },
): number | undefined => {
  const value = fields[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new HttpError('json', `${name}: expected a whole number from ${least} to ${most}`)
  }
  return value
}
