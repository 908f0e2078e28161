import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../duration.ts'

/** From where events are shown. */
export type Since = { index: number } | { agoMs: number } | { timeMs: number }

/** `42` is an index, `10m` a time ago, `2030-01-31T12:00:00Z` a time. Throws InvalidArgumentError. */
export const parseSince = (text: string): Since => {
  if (/^\d{1,15}$/.test(text)) return { index: Number(text) }
  const timeMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timeMs)) return { timeMs }
  const hours = /^(\d{1,4})h$/.exec(text)?.[1]
  if (hours !== undefined) return { agoMs: Number(hours) * 3_600_000 }
  try {
    return { agoMs: parseDuration(text) }
  } catch {
    throw new InvalidArgumentError('expected an index such as 42, a time, or a span such as 10m.')
  }
}
