import { deferred } from '../lib/deferred.ts'
import { call } from './call.ts'
import type { StreamCommand } from './command.ts'
import { stop } from './commands/stop.ts'
import { SerfError } from './errors.ts'
import { endsConnection, type Line, refusal } from './line.ts'
import { RecordQueue } from './record-queue.ts'

/**
 * Records as they come, for one consumer. The loop ends when it is aborted, left, closed with its
 * connection from this side or, for a query, done; it throws SerfError when Serf refuses or the
 * connection is lost.
 *
 * A slow consumer does not slow the connection down: up to 4096 records are kept, newer ones are
 * thrown away and counted in `dropped`. Serf itself throws away what it cannot send, without a
 * word, so a consumer that needs the truth asks `members` now and then anyway.
 */
export type SerfStream<T> = AsyncIterable<T> & {
  /** Resolves when Serf has accepted: what happens from now on is in the stream. */
  readonly ready: Promise<void>
  readonly dropped: number
}

export type SubscribeOptions = {
  signal?: AbortSignal
  /** Records kept for a slow consumer. */
  limit?: number
  /** When the last record must have come, for streams that have one. */
  endsWithinMs?: number
}

/** No stream has this number: to stop it does nothing. */
const NO_STREAM = 0

/** Sends a command that is answered by records; the request goes out at once. */
export const subscribe = <Request, Item>(
  line: Line,
  command: StreamCommand<Request, Item>,
  request: Request,
  { signal, limit = 4096, endsWithinMs }: SubscribeOptions = {},
): SerfStream<Item> => {
  line.assertOpen()
  const body = command.request(request)
  const queue = new RecordQueue<Item>(limit)
  const ready = deferred()
  // Whoever does not look at `ready` gets the same error from the loop.
  ready.promise.catch(() => {})
  let accepted = false
  let over = false

  const settle = (): boolean => {
    if (over) return false
    over = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
    return true
  }
  const finish = (last: Item[]) => {
    if (settle()) queue.end(last)
  }
  const fail = (error: SerfError) => {
    if (!settle()) return
    ready.reject(error)
    queue.fail(error)
  }
  // Queries have no stop. What still comes after this is read and thrown away.
  const stopSerf = () => {
    if (command.isLast) return
    call(line, stop, { seq }).catch(() => {
      // Serf always grants it; when the connection ended meanwhile, so did the stream.
    })
  }
  const leave = () => {
    if (!settle()) return
    ready.reject(new SerfError('closed', `serf ${command.name}: left before it began`))
    queue.discard()
    if (accepted) stopSerf()
  }
  // Serf answers before it begins to stream, and takes the next command after: so only the answer to
  // another one tells that nothing is missed any more.
  const untilBegun = async (): Promise<void> => {
    if (!command.isLast) await call(line, stop, { seq: NO_STREAM })
  }
  const late = (within: number) => () =>
    fail(new SerfError('timeout', `serf ${command.name}: no answer within ${within} ms`))

  const seq = line.waiters.add((seq) => ({
    // The first answer is a header alone, each later one a header and a record.
    wantsBody: () => accepted,
    take: (errorText, body) => {
      if (accepted) {
        const record = command.record(body)
        if (record === undefined) return
        if (!command.isLast?.(record)) return queue.push(record)
        line.waiters.remove(seq)
        return finish([record])
      }
      if (errorText) {
        line.waiters.remove(seq)
        const error = refusal(command.name, errorText)
        fail(error)
        if (endsConnection(errorText)) line.close(error)
        return
      }
      accepted = true
      if (over) return stopSerf()
      clearTimeout(timer)
      if (endsWithinMs !== undefined) timer = setTimeout(late(endsWithinMs), endsWithinMs)
      untilBegun().then(ready.resolve, ready.reject)
    },
    fail: (error, ours) => {
      const wrapped = new SerfError(error.code, `serf ${command.name}: ${error.message}`, {
        cause: error,
        retryable: error.retryable,
      })
      ready.reject(wrapped)
      if (ours) finish([])
      else fail(wrapped)
    },
  }))
  let timer = setTimeout(late(line.timeoutMs), line.timeoutMs)
  signal?.addEventListener('abort', leave, { once: true })

  if (signal?.aborted) {
    line.waiters.remove(seq)
    leave()
  } else {
    line.send(command.name, seq, body)
  }
  return {
    ready: ready.promise,
    get dropped() {
      return queue.dropped
    },
    [Symbol.asyncIterator]: () => queue.read(leave),
  }
}
