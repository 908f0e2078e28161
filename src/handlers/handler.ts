import type { Handled, NodeEvent } from '../events/types.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { createBreaker } from './breaker.ts'
import { HandlerError } from './errors.ts'
import { type Heard, keyFor } from './event-keys.ts'
import { createQueue } from './queue.ts'
import { createRunTimes } from './run-times.ts'
import { saySeldom } from './say-seldom.ts'
import type { HandlerReport, HandlerSpec, Job, Runner } from './types.ts'

export type HandlerOptions = {
  spec: HandlerSpec
  runner: Runner
  /** Notes what became of an event. */
  onHandled: (eventId: string, handled: Handled) => void
  log: Logger
  /** Milliseconds that never go back, and the time of day. */
  now?: () => number
  date?: () => Date
  signal: AbortSignal
}

const MESSAGE_LIMIT = 500

/** One handler: what waits for it, what runs, how it fares. Nothing in here ever blocks another. */
export const createHandler = (options: HandlerOptions) => {
  const { spec, runner, onHandled, log, signal } = options
  const { now = () => performance.now(), date = () => new Date() } = options
  const queue = createQueue()
  const breaker = createBreaker({ now })
  const times = createRunTimes()
  const say = saySeldom(log, now)
  const free = Array.from({ length: spec.concurrency }, (_, slot) => slot)
  const counts = { runs: 0, failures: 0, timeouts: 0, dropped: 0, refused: 0 }
  let last: Pick<HandlerReport, 'last_run' | 'last_error'> = {}

  const finish = (job: Job, handled: Omit<Handled, 'handler'>, answer?: Uint8Array): void => {
    for (const id of job.ids) onHandled(id, { handler: spec.name, ...handled })
    job.onAnswer?.(answer)
  }

  const fail = (message: string): void => {
    const short = message.slice(0, MESSAGE_LIMIT)
    last = { ...last, last_error: { time: date().toISOString(), message: short } }
    breaker.failed()
    if (breaker.state() === 'open') {
      const facts = {
        handler: spec.name,
        retry_s: Math.round(((breaker.retryAt() ?? 0) - now()) / 1000),
      }
      say('open', facts, 'handler fails again and again: its events are refused for a while')
    }
  }

  const refuse = (job: Job): void => {
    counts.refused++
    finish(job, { outcome: 'refused', ms: 0 })
  }

  const drop = (job: Job): void => {
    counts.dropped++
    const facts = { handler: spec.name, event: nameOf(job.event) }
    say('dropped', facts, 'handler too slow: event dropped')
    finish(job, { outcome: 'dropped', ms: 0 })
  }

  const run = async (job: Job, slot: number): Promise<void> => {
    const ended = new AbortController()
    const timer = setTimeout(() => {
      ended.abort(new HandlerError('timeout', `not done after ${spec.timeoutMs} ms`))
    }, spec.timeoutMs)
    const onStop = (): void => ended.abort(signal.reason)
    signal.addEventListener('abort', onStop, { once: true })
    const began = now()
    breaker.begun()
    const done = (): number => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onStop)
      free.push(slot)
      counts.runs++
      last = { ...last, last_run: date().toISOString() }
      const ms = Math.round((now() - began) * 100) / 100
      times.add(ms)
      return ms
    }
    try {
      const { answer, cut } = await runner.run(job, { slot, signal: ended.signal })
      const ms = done()
      breaker.succeeded()
      if (cut) say('cut', { handler: spec.name, bytes: cut }, 'the answer of a handler was cut')
      finish(job, { outcome: 'ok', ms }, answer)
    } catch (error) {
      const ms = done()
      if (error instanceof HandlerError && error.code === 'stopped') {
        return finish(job, { outcome: 'failed', ms, error: error.message })
      }
      const late = ended.signal.aborted && !signal.aborted
      counts.failures++
      if (late) counts.timeouts++
      const message = describeError(error)
      fail(message)
      const shown = {
        handler: spec.name,
        event: nameOf(job.event),
        error: message.slice(0, MESSAGE_LIMIT),
      }
      say('failed', shown, 'handler failed')
      finish(job, { outcome: late ? 'timeout' : 'failed', ms, error: shown.error })
    }
  }

  const pump = (): void => {
    while (free.length > 0 && queue.size > 0 && !signal.aborted) {
      const gate = breaker.gate()
      if (gate === 'refuse') {
        for (const job of queue.clear()) refuse(job)
        return
      }
      if (gate === 'wait' || !runner.isReady()) return
      const job = queue.shift()
      if (!job) return
      // A module has said by now what it hears.
      if (runner.hears(job.event) === false) {
        job.onAnswer?.(undefined)
        continue
      }
      void run(job, free.pop() ?? 0).then(pump)
    }
  }

  const push = (event: NodeEvent, onAnswer?: Job['onAnswer']): void => {
    const job: Job = { event, ids: [event.id], ...(onAnswer && { onAnswer }) }
    if (breaker.gate() === 'refuse') refuse(job)
    else if (queue.push(job)) pump()
    else drop(job)
  }

  return {
    spec,
    hears: (event: Heard): boolean | undefined =>
      keyFor(spec.events, event) === undefined ? false : runner.hears(event),
    push,
    /** Asks; the answer is undefined when it failed, was dropped or gave none. */
    ask: (event: NodeEvent): Promise<Uint8Array | undefined> =>
      new Promise((resolve) => push(event, resolve)),
    /** The runner became ready. */
    pump,
    /** The runner itself broke; `isCounted`: a run failed of it, which is the same failure. */
    broke: (message: string, isCounted = false): void => {
      if (!isCounted) fail(message)
      say('broke', { handler: spec.name, error: message.slice(0, MESSAGE_LIMIT) }, 'handler broke')
      pump()
    },
    /** Nothing runs, and nothing will soon: what waits for a module that is down waits for long. */
    isIdle: (): boolean =>
      free.length === spec.concurrency && (queue.size === 0 || runner.about().down === 'down'),
    report: (): HandlerReport => {
      const { down, ...about } = runner.about()
      const running = spec.concurrency - free.length
      const retryAt = breaker.retryAt()
      const state = breaker.state()
      const [p50, p95] = [times.quantile(0.5), times.quantile(0.95)]
      return {
        name: spec.name,
        kind: spec.kind,
        file: spec.file,
        state: stateOf({ down, isBroken: state === 'open', running }),
        ...counts,
        queue: queue.size,
        running,
        breaker: state,
        ...(retryAt !== undefined && {
          retry_at: new Date(date().getTime() + retryAt - now()).toISOString(),
        }),
        ...about,
        ...last,
        ...(p50 !== undefined && { p50_ms: p50 }),
        ...(p95 !== undefined && { p95_ms: p95 }),
      }
    },
  }
}

export type Handler = ReturnType<typeof createHandler>

type Standing = { down: string | undefined; isBroken: boolean; running: number }

const stateOf = ({ down, isBroken, running }: Standing): HandlerReport['state'] => {
  if (isBroken) return 'broken'
  if (down !== undefined) return down === 'starting' ? 'starting' : 'down'
  return running > 0 ? 'running' : 'idle'
}

const nameOf = (event: NodeEvent): string => ('name' in event ? event.name : event.type)
