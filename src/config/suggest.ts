/**
 * `; did you mean "image"?` when one of `names` is near to `wrong`, else an empty text.
 */
export const suggest = (wrong: string, names: Iterable<string>): string => {
  const best = nearest(wrong, names)
  return best === undefined ? '' : `; did you mean "${best}"?`
}

const nearest = (wrong: string, names: Iterable<string>): string | undefined => {
  if (wrong.length > 40) return undefined
  const all = [...names]
  const limit = Math.max(1, Math.floor(wrong.length / 3))
  const [best] = all
    .map((name) => ({ name, distance: distance(plain(wrong), plain(name)) }))
    .filter((candidate) => candidate.distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return best?.name ?? all.find((name) => begins(wrong, name) || begins(name, wrong))
}

const begins = (long: string, short: string): boolean => short.length > 2 && long.startsWith(short)

const plain = (name: string): string => name.toLowerCase().replaceAll('-', '_')

/** Edits between two words, a swap of neighbours being one (Damerau, restricted). */
const distance = (a: string, b: string): number => {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      }
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
