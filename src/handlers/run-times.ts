/** The durations of the last runs, for quantiles; memory is fixed. */
export const createRunTimes = (size = 256) => {
  const ring = new Float64Array(size)
  let count = 0
  return {
    add: (ms: number): void => {
      ring[count++ % size] = ms
    },
    /** By the nearest rank, in milliseconds with two places; undefined before the first run. */
    quantile: (q: number): number | undefined => {
      const kept = Math.min(count, size)
      if (kept === 0) return undefined
      const sorted = ring.slice(0, kept).sort()
      return Math.round(sorted[Math.max(0, Math.ceil(q * kept) - 1)]! * 100) / 100
    },
  }
}
