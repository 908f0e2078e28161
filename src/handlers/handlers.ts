import type { Handled, NodeEvent } from '../events/types.ts'
import type { Logger } from '../lib/log.ts'
import { pause, untilAborted } from '../lib/wait.ts'
import type { CellMaker } from './cell.ts'
import { createHandler, type Handler } from './handler.ts'
import type { ModuleClient } from './module-calls.ts'
import { createModule } from './module-process.ts'
import { createExecutable } from './run-executable.ts'
import type { OwnMember } from './serf-input.ts'
import type { HandlerReport, HandlerSpec, Runner } from './types.ts'

export type { ModuleClient } from './module-calls.ts'
export type { HandlerReport, HandlerSpec } from './types.ts'

export type HandlersOptions = {
  specs: readonly HandlerSpec[]
  /** This node as Serf knows it now. */
  self: () => OwnMember
  /** What modules may do and read. */
  client: ModuleClient
  /** Where each handler's code runs. */
  cells: CellMaker
  /** The command that loads the module whose path follows. */
  host: readonly string[]
  /** Bytes of an answer that Serf carries. */
  answerRoom: number
  onHandled: (eventId: string, handled: Handled) => void
  log: Logger
  signal: AbortSignal
}

/** The most that a query waits for a module that still loads, and may have no answer at all. */
const LOADING_MS = 1_000
const IDLE_CHECK_MS = 20

/** The user's code: hears events, answers queries; each handler apart from all others. */
export const createHandlers = (options: HandlersOptions) => {
  const { specs, self, client, cells, host, answerRoom, onHandled, log, signal } = options
  const runs: (() => Promise<void>)[] = []

  const build = (spec: HandlerSpec): Handler => {
    const cellsOfIt = cells(spec)
    let runner: Runner
    if (spec.kind === 'module') {
      const [cell] = cellsOfIt
      if (!cell) throw new RangeError(`${spec.name} has no cell`)
      const module = createModule({
        spec,
        cell,
        client,
        self,
        host,
        answerRoom,
        onReady: () => handler.pump(),
        onBroken: (...how) => handler.broke(...how),
        log,
        signal,
      })
      runner = module
      runs.push(module.keepAlive)
    } else {
      runner = createExecutable({ spec, cells: cellsOfIt, self, answerRoom, log })
    }
    const handler = createHandler({ spec, runner, onHandled, log, signal })
    return handler
  }
  const handlers = specs.map(build)

  /** A module that loads just now is waited for, but not long, and nobody else waits with it. */
  const hearsSoon = async (handler: Handler, event: NodeEvent): Promise<boolean> => {
    const end = performance.now() + LOADING_MS
    while (handler.hears(event) === undefined && performance.now() < end && !signal.aborted)
      await pause(IDLE_CHECK_MS, signal)
    return handler.hears(event) === true
  }

  return {
    /** Hands the event to all that hear it; never blocks, never throws. */
    dispatch: (event: NodeEvent): void => {
      for (const handler of handlers) if (handler.hears(event) !== false) handler.push(event)
    },
    /**
     * The first answer that is not empty; empty bytes when those that hear the query have none or
     * failed; undefined when nobody hears it. Settles when `until` aborts, too.
     */
    answer: async (query: NodeEvent, until: AbortSignal): Promise<Uint8Array | undefined> => {
      let isHeard = false
      const asked = handlers.map(async (handler) => {
        // No turn of the event loop for those that are known: the order of events is kept.
        if (!(handler.hears(query) ?? (await hearsSoon(handler, query)))) return undefined
        isHeard = true
        return handler.ask(query)
      })
      const answer = await firstAnswer(asked, until)
      return isHeard ? answer : undefined
    },
    report: (): HandlerReport[] => handlers.map((handler) => handler.report()),
    /** Waits until those that hear the event `stop` are done with all they got, at most so long. */
    settle: async (ms: number): Promise<void> => {
      const end = performance.now() + ms
      const concerned = handlers.filter((one) => one.hears({ type: 'stop' }))
      const isBusy = (): boolean => !concerned.every((one) => one.isIdle())
      while (isBusy() && performance.now() < end && !signal.aborted) {
        await pause(IDLE_CHECK_MS, signal)
      }
    },
    /** Runs the modules until the signal aborts; then nothing of any handler is left. */
    run: async (): Promise<void> => {
      const all = runs.map((run) => run())
      await Promise.all([...all, untilAborted(signal)])
      await Promise.all(specs.flatMap((spec) => cells(spec).map((cell) => cell.kill())))
    },
  }
}

export type Handlers = ReturnType<typeof createHandlers>

const NONE = new Uint8Array()

const firstAnswer = (
  asked: readonly Promise<Uint8Array | undefined>[],
  until: AbortSignal,
): Promise<Uint8Array> =>
  new Promise((resolve) => {
    const giveUp = (): void => resolve(NONE)
    if (until.aborted) return giveUp()
    until.addEventListener('abort', giveUp, { once: true })
    const each = asked.map(async (one) => {
      const answer = await one
      if (answer && answer.length > 0) resolve(answer)
    })
    void Promise.all(each).then(() => {
      until.removeEventListener('abort', giveUp)
      giveUp()
    })
  })
