import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { waker } from '../lib/waker.ts'
import { EventError } from './limits.ts'
import {
  processState,
  SUPERVISOR_EVENT,
  supervisorPayload,
  toldStates,
  type WatchedChild,
} from './supervisor-payload.ts'
import type { EventRecord, Raise } from './types.ts'

const SETTLE_CHECK_MS = 10

export type SupervisorOptions = {
  /** The member name. */
  node: string
  raise: Raise
  /** What was told before this agent was started. */
  records: readonly EventRecord[]
  /** Whether a child that nothing was told of is new; else it is as its predecessor saw it. */
  isNewNode: boolean
  log: Logger
  signal: AbortSignal
  retryMs?: number
}

/**
 * Raises 2015's event `supervisor` when a child's state changes. While it cannot be raised the
 * newest state of each child wins; what is left out is counted and said.
 */
export const createSupervisorEvents = (options: SupervisorOptions) => {
  const { node, raise, log, signal, retryMs = 1_000 } = options
  const told = toldStates(options.records, node)
  const waiting = new Map<string, WatchedChild>()
  const wake = waker()
  let leftOut = 0
  let telling: string | undefined

  /** How long to wait before the next try: 0 when it is told. */
  const tell = async (child: WatchedChild): Promise<number> => {
    const from = told.get(child.name) ?? 'STOPPED'
    const payload = supervisorPayload(child, from, node)
    if (!payload) return 0
    telling = child.name
    try {
      await raise(SUPERVISOR_EVENT, Buffer.from(JSON.stringify(payload)), { origin: 'supervisor' })
      told.set(child.name, processState(child, from))
      return 0
    } catch (error) {
      const isRate = error instanceof EventError && error.code === 'rate'
      if (isRate) return Number(error.facts['retry_after_ms'])
      log.debug({ child: child.name, error: describeError(error) }, 'supervisor event waits')
      return retryMs
    } finally {
      telling = undefined
    }
  }
  const sayLeftOut = (): void => {
    if (leftOut === 0) return
    log.info({ events: leftOut }, 'supervisor events left out: newer states of the children came')
    leftOut = 0
  }

  return {
    /** The children as they are now. */
    show: (children: readonly WatchedChild[]): void => {
      for (const child of children) {
        const known = told.get(child.name)
        if (known === undefined && !options.isNewNode) {
          told.set(child.name, processState(child, 'STOPPED'))
          continue
        }
        const isNews = supervisorPayload(child, known ?? 'STOPPED', node) !== undefined
        const before = waiting.get(child.name)
        if (before && before.state !== child.state) leftOut++
        // While a state is being told, going back to the one before it is news too.
        if (isNews || telling === child.name) waiting.set(child.name, child)
        else waiting.delete(child.name)
      }
      if (waiting.size > 0) wake.now()
    },
    /** Waits until all is told, at most so long. */
    settle: async (ms: number): Promise<void> => {
      const end = performance.now() + ms
      while ((waiting.size > 0 || telling !== undefined) && performance.now() < end) {
        await pause(SETTLE_CHECK_MS, signal)
        if (signal.aborted) return
      }
    },
    /** Raises what is to be told, until the signal aborts. */
    run: async (): Promise<void> => {
      while (!signal.aborted) {
        let waitMs = 60_000
        for (const name of [...waiting.keys()]) {
          const child = waiting.get(name)
          if (!child) continue
          waiting.delete(name)
          const retryIn = await tell(child)
          if (retryIn === 0) continue
          const newer = waiting.get(name)
          if (!newer) waiting.set(name, child)
          else if (newer.state !== child.state) leftOut++
          waitMs = retryIn
          break
        }
        if (waiting.size === 0) sayLeftOut()
        await wake.next(waitMs, signal)
      }
    },
  }
}
