const sorted = (samples: readonly number[]): number[] => {
  if (samples.length === 0) throw new RangeError('no samples')
  return [...samples].sort((a, b) => a - b)
}

/** The middle one; between the two middle ones of an even number. */
export const median = (samples: readonly number[]): number => {
  const all = sorted(samples)
  const high = Math.floor(all.length / 2)
  const low = all.length % 2 === 0 ? high - 1 : high
  return (all[low]! + all[high]!) / 2
}

/** The smallest sample that at least 95 % of them do not exceed (nearest rank). */
export const p95 = (samples: readonly number[]): number => {
  const all = sorted(samples)
  // In whole numbers: 0.95 * 20 is a hair over 19.
  return all[Math.ceil((95 * all.length) / 100) - 1]!
}

/** The smallest sample that at least 99 % of them do not exceed (nearest rank). */
export const p99 = (samples: readonly number[]): number => {
  const all = sorted(samples)
  return all[Math.ceil((99 * all.length) / 100) - 1]!
}

export const max = (samples: readonly number[]): number => sorted(samples).at(-1)!
