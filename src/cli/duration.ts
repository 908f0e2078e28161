import { InvalidArgumentError } from 'commander'

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 }

/** Milliseconds of an option's value: `5` and `5s` are seconds, also `500ms` and `2m`. */
export const parseDuration = (text: string): number => {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? []
  const ms = Math.round(Number(number) * UNITS[unit]!)
  if (number !== undefined && ms > 0 && ms <= 3_600_000) return ms
  throw new InvalidArgumentError('expected a time such as 5, 500ms or 2m, an hour at most.')
}

/** A span as people say it, by its largest unit: `7s`, `12m`, `3h`, `9d`. */
export const showSpan = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}
