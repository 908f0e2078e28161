import { type Deferred, deferred } from '../lib/deferred.ts'

/**
 * Between the read loop, which never waits, and one consumer, which may be slow. At `limit` the
 * newest items are thrown away and counted, so what is delivered has one gap at its end.
 */
export class RecordQueue<T> {
  readonly #limit: number
  #items: T[] = []
  #wake: Deferred<void> | undefined
  #end: { error?: Error } | undefined
  #dropped = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get dropped(): number {
    return this.#dropped
  }

  push(item: T): void {
    if (this.#end) return
    if (this.#items.length >= this.#limit) this.#dropped += 1
    else this.#items.push(item)
    this.#wake?.resolve()
  }

  /** No more items; `last` is delivered even when the queue is full. */
  end(last: T[] = []): void {
    this.#finish({}, last)
  }

  /** No more items, and the consumer gets `error` after the ones that are there. */
  fail(error: Error): void {
    this.#finish({ error }, [])
  }

  /** No more items, and none of those that are there. */
  discard(): void {
    this.#items = []
    this.#finish({}, [])
  }

  /** The items as they come; `left` is called when the consumer goes. */
  async *read(left: () => void): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        while (this.#items.length > 0) yield this.#items.shift()!
        if (this.#end?.error) throw this.#end.error
        if (this.#end) return
        this.#wake = deferred()
        await this.#wake.promise
      }
    } finally {
      left()
    }
  }

  #finish(end: { error?: Error }, last: T[]): void {
    if (this.#end) return
    this.#end = end
    this.#items.push(...last)
    this.#wake?.resolve()
  }
}
