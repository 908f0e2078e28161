import type { NodeEvent } from '../events/types.ts'
import { type Deferred, deferred } from '../lib/deferred.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'
import { cutText } from './capture.ts'
import type { Cell } from './cell.ts'
import { HandlerError } from './errors.ts'
import { keyFor, readEventKey } from './event-keys.ts'
import { createCalls, type ModuleClient } from './module-calls.ts'
import { type Life, startLife } from './module-life.ts'
import { sayLines } from './say-output.ts'
import type { OwnMember } from './serf-input.ts'
import type { HandlerSpec, Runner, RunResult } from './types.ts'
import type { FromModule, WireEvent } from './wire.ts'

export type ModuleOptions = {
  spec: HandlerSpec
  cell: Cell
  client: ModuleClient
  self: () => OwnMember
  /** The command that loads the module whose path follows. */
  host: readonly string[]
  answerRoom: number
  /** It has loaded, for the first time or again. */
  onReady: () => void
  /** It ended; `isCounted`: while it ran something, which has failed of it. */
  onBroken: (message: string, isCounted: boolean) => void
  log: Logger
  signal: AbortSignal
}

/** So long alive, and it counts as healthy again. */
const HEALTHY_MS = 60_000

/** A module in a process of its own that stays: loaded once, started again whenever it ends. */
export const createModule = (options: ModuleOptions) => {
  const { spec, cell, client, self, host, answerRoom, onReady, onBroken, log, signal } = options
  const runs = new Map<number, Deferred<RunResult>>()
  let life: Life | undefined
  let isReady = false
  let keys: readonly string[] | undefined
  const say = sayLines(spec.name, log)
  let seq = 0
  let lives = 0
  let failures = 0

  const onDone = ({ seq, answer, error }: FromModule & { type: 'done' }): void => {
    const run = runs.get(seq)
    runs.delete(seq)
    if (error !== undefined) run?.reject(new HandlerError('failed', error))
    else run?.resolve(resultOf(answer, answerRoom))
  }

  const onKeys = (found: readonly string[]): void => {
    const known = found.flatMap((key) => readEventKey(key) ?? [])
    const unknown = found.filter((key) => readEventKey(key) === undefined)
    if (unknown.length > 0) {
      log.warn({ handler: spec.name, unknown: unknown.slice(0, 5) }, 'handler: no such events')
    }
    keys = known
    isReady = true
    onReady()
  }

  const live = async (): Promise<{ why: HandlerError; isCounted: boolean }> => {
    lives++
    const mine = startLife({
      cell,
      command: [...host, spec.file],
      onMessage: (message) => {
        if (message.type === 'ready') onKeys(message.keys)
        else if (message.type === 'done') onDone(message)
        else if (message.type === 'call') void calls.call(message.id, message.method, message.args)
        else if (message.type === 'cancel') calls.cancel(message.id)
      },
      say,
      signal,
    })
    const calls = createCalls({ client, origin: `handler ${spec.name}`, send: mine.send })
    life = mine
    const { id, name, role } = self()
    mine.send({ type: 'hello', self: { id, name, role } })
    const why = await mine.ended
    life = undefined
    isReady = false
    calls.end()
    const isCounted = runs.size > 0
    for (const run of runs.values()) run.reject(why)
    runs.clear()
    return { why, isCounted }
  }

  const runner: Runner = {
    hears: (event) => {
      if (keys) return keyFor(keys, event) !== undefined
      // One that cannot be loaded must not make those wait who ask.
      return failures > 0 && event.type === 'query' ? false : undefined
    },
    isReady: () => isReady,
    about: () => ({
      events: keys ?? spec.events,
      restarts: Math.max(0, lives - 1),
      ...(life?.pid !== undefined && { pid: life.pid }),
      ...(!isReady && { down: life ? 'starting' : 'down' }),
    }),
    run: async ({ event }, { signal: ending }) => {
      if (!life) throw new HandlerError('failed', 'its process does not run')
      const mine = ++seq
      const run = deferred<RunResult>()
      runs.set(mine, run)
      const onAbort = (): void => {
        runs.delete(mine)
        life?.send({ type: 'abort', seq: mine })
        const { reason } = ending
        run.reject(reason instanceof HandlerError ? reason : new HandlerError('stopped', 'ended'))
      }
      ending.addEventListener('abort', onAbort, { once: true })
      life.send({ type: 'event', seq: mine, event: wireEvent(event) })
      try {
        return await run.promise
      } finally {
        ending.removeEventListener('abort', onAbort)
      }
    },
  }

  return {
    ...runner,
    /** Until the signal aborts. */
    keepAlive: async (): Promise<void> => {
      while (!signal.aborted) {
        const began = performance.now()
        const { why, isCounted } = await live().catch((error: unknown) => ({
          why: asHandlerError(error),
          isCounted: false,
        }))
        if (signal.aborted) return
        if (performance.now() - began > HEALTHY_MS) failures = 0
        const waitMs = backoffMs(failures++, { firstMs: 500, maxMs: 60_000 })
        onBroken(why.message, isCounted)
        await pause(waitMs, signal)
      }
    },
  }
}

/** The machine may have no memory to start it with. */
const asHandlerError = (cause: unknown): HandlerError =>
  new HandlerError('failed', `cannot be started: ${describeError(cause)}`, { cause })

const resultOf = (answer: string | undefined, room: number): RunResult => {
  if (answer === undefined) return {}
  const whole = Buffer.from(answer, 'base64')
  const cut = whole.length > room ? whole.length : 0
  return { answer: cutText(whole, room), ...(cut && { cut }) }
}

const wireEvent = (event: NodeEvent): WireEvent => {
  const { id, time, type } = event
  if ('members' in event) return { id, time, type, members: event.members }
  if (!('payload' in event)) return { id, time, type }
  const { name, ltime, payload } = event
  return { id, time, type, name, ltime, payload: Buffer.from(payload).toString('base64') }
}

export type Module = ReturnType<typeof createModule>
