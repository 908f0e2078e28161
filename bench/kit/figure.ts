import { max, median, p95, p99 } from './stats.ts'

export type Unit = 's' | 'ms' | 'µs' | 'MB' | '%' | ''

export type Target = {
  of: 'median' | 'p95' | 'p99' | 'max'
  atMost: number
  /** What we would like even more. */
  better?: number
}

export type Figure = {
  name: string
  /** In words: from which instant to which, or what was added up. */
  measured: string
  unit: Unit
  samples: readonly number[]
  /** The same without Serfnode, taken in turns with `samples`. */
  plain?: { what: string; samples: readonly number[] }
  target?: Target
  /** Where the time goes: by what had happened, the time since the start, in order. */
  steps?: Record<string, readonly number[]>
}

const STATISTICS = { median, p95, p99, max }

/** `met`, `met (also N)`, `MISSED`, or nothing for a figure without a target. */
export const verdict = ({ samples, target }: Figure): string => {
  if (!target) return ''
  const value = STATISTICS[target.of](samples)
  if (value > target.atMost) return 'MISSED'
  const isBetter = target.better !== undefined && value <= target.better
  return isBetter ? `met (also ${target.better})` : 'met'
}

/** What Serfnode costs more than the plain thing, pair by pair. */
export const surplus = (figure: Figure, name: string, target?: Target): Figure => {
  const plain = figure.plain?.samples ?? []
  if (plain.length !== figure.samples.length) throw new RangeError(`${figure.name}: no pairs`)
  return {
    name,
    measured: `"${figure.name}" less the plain figure of the same pair`,
    unit: figure.unit,
    samples: figure.samples.map((sample, at) => sample - plain[at]!),
    ...(target && { target }),
  }
}
