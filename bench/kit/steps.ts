/** Gathers, over several runs, how long after the start each step was reached, in seconds. */
export const createStepTimes = (names: readonly string[]) => {
  const samples: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  return {
    samples,
    /** A step that did not happen, or was not logged, is left out of this run. */
    add: (start: number, reached: Record<string, number | undefined>): void => {
      for (const [name, at] of Object.entries(reached)) {
        if (at !== undefined) samples[name]?.push((at - start) / 1000)
      }
    },
  }
}
