/** Items to any number of readers, each at its own pace. */
export type Feed<T> = {
  publish(items: readonly T[]): void
  /** Begins to collect at once, not at the first read; ends when `signal` aborts. */
  read(signal: AbortSignal): AsyncGenerator<T, void, undefined>
}

/**
 * A reader that falls more than `limit` items behind loses them all and gets one `instead`, so
 * a slow one costs little memory and still learns that it has to look.
 */
export const createFeed = <T>({ limit, instead }: { limit: number; instead: T }): Feed<T> => {
  const readers = new Set<(items: readonly T[]) => void>()

  const read = (signal: AbortSignal) => {
    let queue: T[] = []
    let wake = () => {}
    const take = (items: readonly T[]) => {
      const crowded = queue[0] === instead || queue.length + items.length > limit
      queue = crowded ? [instead] : [...queue, ...items]
      wake()
    }
    const end = () => {
      readers.delete(take)
      signal.removeEventListener('abort', end)
      wake()
    }
    if (!signal.aborted) {
      readers.add(take)
      signal.addEventListener('abort', end)
    }
    return (async function* () {
      try {
        while (!signal.aborted) {
          const [item] = queue.splice(0, 1)
          if (item !== undefined) yield item
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        end()
      }
    })()
  }

  return {
    publish: (items) => {
      if (items.length > 0) for (const take of [...readers]) take(items)
    },
    read,
  }
}
