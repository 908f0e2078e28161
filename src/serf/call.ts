import { deferred } from '../lib/deferred.ts'
import type { Command } from './command.ts'
import { SerfError } from './errors.ts'
import { endsConnection, type Line, refusal } from './line.ts'

// A Serf that owes this many answers hangs; better a new connection than ever more of them.
const MAX_ABANDONED = 64

/**
 * Sends one command and resolves with its answer. A time-out leaves the connection open: the late
 * answer is recognised by its Seq, read and thrown away, and other waiters and streams go on.
 */
export const call = async <Request, Response>(
  line: Line,
  command: Command<Request, Response>,
  request: Request,
  timeoutMs: number = line.timeoutMs + (command.slowMs ?? 0),
): Promise<Response> => {
  line.assertOpen()
  const body = command.request?.(request)
  const answer = deferred<Response>()

  const seq = line.waiters.add((seq) => ({
    wantsBody: (errorText) => command.response !== undefined && !endsConnection(errorText),
    take: (errorText, body) => {
      // First read, then remove: a malformed body must fail this waiter too.
      const reply = body === undefined ? undefined : command.response?.(body)
      line.waiters.remove(seq)
      if (!errorText) return answer.resolve(reply as Response)
      const facts = body === undefined ? {} : command.facts?.(reply as Response)
      const error = refusal(command.name, errorText, { facts, heals: command.heals })
      answer.reject(error)
      if (endsConnection(errorText)) line.close(error)
    },
    fail: (error, ours) => answer.reject(closedError(command, error, ours)),
  }))

  const timer = setTimeout(() => {
    answer.reject(
      new SerfError('timeout', `serf ${command.name}: no answer within ${timeoutMs} ms`),
    )
    if (line.waiters.abandon(seq) >= MAX_ABANDONED) {
      line.close(new SerfError('timeout', `serf owes ${MAX_ABANDONED} answers`))
    }
  }, timeoutMs)
  try {
    line.send(command.name, seq, body)
    return await answer.promise
  } finally {
    clearTimeout(timer)
  }
}

const closedError = <Request, Response>(
  command: Command<Request, Response>,
  cause: SerfError,
  ours: boolean,
): SerfError => {
  const why = cause.code === 'closed' && !ours && command.closedBecause
  return new SerfError(
    cause.code,
    `serf ${command.name}: ${cause.message}${why ? ` (${why})` : ''}`,
    { cause, retryable: cause.retryable && !why },
  )
}
