import type { NodeEvent } from '../events/types.ts'
import type { BreakerState } from './breaker.ts'
import type { Heard } from './event-keys.ts'

/** A handler that was found, checked. */
export type HandlerSpec = {
  /** What people see: the file's name, or its path when serfnode.yml names it. */
  name: string
  /** Absolute. */
  file: string
  kind: 'executable' | 'module'
  /** Event keys; see `event-keys.ts`. A module hears those of them that it exports. */
  events: readonly string[]
  timeoutMs: number
  /** How many events it may handle at once. */
  concurrency: number
  dockerSocket: boolean
}

/** One run, waiting or under way. `ids`: the events it stands for, several where they merged. */
export type Job = {
  event: NodeEvent
  ids: readonly string[]
  /** Told how it ended; only of queries. */
  onAnswer?: (answer: Uint8Array | undefined) => void
}

/** What a run gave: its answer, if it was a query, and how many bytes were too many. */
export type RunResult = { answer?: Uint8Array; cut?: number }

/** How one handler's code is run; `slot` is below the handler's concurrency. */
export type Runner = {
  /** Undefined while a module that was never loaded has not said what it hears. */
  hears(event: Heard): boolean | undefined
  /** Whether a run may begin now. */
  isReady(): boolean
  /** Settles soon after `signal` aborts. Rejects with HandlerError. */
  run(job: Job, options: { slot: number; signal: AbortSignal }): Promise<RunResult>
  /** Facts of the runner for the report. */
  about(): Pick<HandlerReport, 'pid' | 'restarts' | 'events'> & { down?: string }
}

/** One handler as `serfnode handlers --json` and HTTP show it. Times are ISO 8601. */
export type HandlerReport = {
  name: string
  kind: 'executable' | 'module'
  file: string
  events: readonly string[]
  /** `down`: a module that does not run now; `broken`: the breaker refuses events. */
  state: 'idle' | 'running' | 'starting' | 'down' | 'broken'
  /** Runs that ended, and how many of them failed, timeouts included. */
  runs: number
  failures: number
  timeouts: number
  /** Events that found the queue full, and those that the breaker refused. */
  dropped: number
  refused: number
  queue: number
  running: number
  /** Of a module: how often its process was started again. */
  restarts?: number
  pid?: number
  breaker: BreakerState
  /** When an open breaker tries again. */
  retry_at?: string
  last_run?: string
  last_error?: { time: string; message: string }
  /** Of the last 256 runs, in milliseconds. */
  p50_ms?: number
  p95_ms?: number
}
