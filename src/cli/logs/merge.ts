/** Items of several ordered sources in one order, holding one item of each at a time. */
export async function* mergeOrdered<T>(
  sources: readonly AsyncIterable<T>[],
  before: (a: T, b: T) => boolean,
): AsyncGenerator<T, void, undefined> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]())
  const heads = await Promise.all(readers.map((reader) => reader.next()))
  for (;;) {
    let first = -1
    for (const [at, head] of heads.entries()) {
      if (head.done) continue
      const least = heads[first]
      if (least === undefined || least.done || before(head.value, least.value)) first = at
    }
    const head = heads[first]
    const reader = readers[first]
    if (head === undefined || head.done || reader === undefined) return
    yield head.value
    heads[first] = await reader.next()
  }
}
