import { DockerError } from './errors.ts'
import { garbled } from './wire-errors.ts'

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'array'

const kindOf = (value: unknown): string => {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/**
 * Holds the fields we rely on (dotted paths to kinds) against an answer, and names the first that
 * is not as it should be. The caller may then read the answer as T.
 */
export const shaped = <T>(deed: string, answer: unknown, fields: Record<string, Kind>): T => {
  if (answer === undefined) throw garbled(deed, 'the answer is empty', '')
  if (kindOf(answer) !== 'object') {
    throw new DockerError('malformed', `${deed}: expected an object, got ${kindOf(answer)}`)
  }
  for (const [path, kind] of Object.entries(fields)) {
    const value = path.split('.').reduce<unknown>((at, key) => (at as never)?.[key], answer)
    if (kindOf(value) !== kind) {
      const what = `expected ${path} to be ${kind}, got ${kindOf(value)}`
      throw new DockerError('malformed', `${deed}: ${what}`)
    }
  }
  return answer as T
}

/** As shaped, for each element of a list; the engine says null for an empty one. */
export const shapedList = <T>(deed: string, answer: unknown, fields: Record<string, Kind>): T[] => {
  if (answer === null) return []
  if (answer === undefined) throw garbled(deed, 'the answer is empty', '')
  if (!Array.isArray(answer)) {
    throw new DockerError('malformed', `${deed}: expected a list, got ${kindOf(answer)}`)
  }
  return answer.map((element) => shaped<T>(deed, element, fields))
}
