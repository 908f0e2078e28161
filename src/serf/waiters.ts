import type { SerfError } from './errors.ts'

/** Somebody who sent a request and waits for what comes back under its Seq. */
export type Waiter = {
  /** Whether a body follows a header with this error text; asked before the body is read. */
  wantsBody: (errorText: string) => boolean
  /** Throws SerfError `malformed` when the body is not what this command has. */
  take: (errorText: string, body: unknown) => void
  /** The connection is over; `ours` when it was closed on purpose from this side. */
  fail: (error: SerfError, ours: boolean) => void
}

/** Who waits for which Seq, on one connection. */
export class Waiters {
  readonly #waiting = new Map<number, Waiter>()
  #lastSeq = 0
  #abandoned = 0

  add(create: (seq: number) => Waiter): number {
    this.#lastSeq += 1
    this.#waiting.set(this.#lastSeq, create(this.#lastSeq))
    return this.#lastSeq
  }

  get(seq: number): Waiter | undefined {
    return this.#waiting.get(seq)
  }

  remove(seq: number): void {
    this.#waiting.delete(seq)
  }

  /**
   * The waiter went away, its answer may still come: it is read and thrown away under the same
   * Seq. Returns how many answers are awaited in this way.
   */
  abandon(seq: number): number {
    const waiter = this.#waiting.get(seq)
    if (!waiter) return this.#abandoned
    this.#abandoned += 1
    this.#waiting.set(seq, {
      wantsBody: waiter.wantsBody,
      take: () => {
        this.#abandoned -= 1
        this.#waiting.delete(seq)
      },
      fail: () => {},
    })
    return this.#abandoned
  }

  /** Fails every waiter. */
  close(error: SerfError, ours: boolean): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiter of waiting) waiter.fail(error, ours)
  }
}
