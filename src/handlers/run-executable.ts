import type { ChildProcess } from 'node:child_process'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { capture, cutText, lastWords } from './capture.ts'
import type { Cell } from './cell.ts'
import { HandlerError } from './errors.ts'
import { keyFor } from './event-keys.ts'
import { sayLines } from './say-output.ts'
import { type OwnMember, serfEnvironment, serfInput } from './serf-input.ts'
import type { HandlerSpec, Job, Runner, RunResult } from './types.ts'

export type ExecutableOptions = {
  spec: HandlerSpec
  /** One for each run at once. */
  cells: readonly Cell[]
  self: () => OwnMember
  answerRoom: number
  log: Logger
}

const FLOOD_BYTES = 16 * 1024 * 1024
const ERROR_HEAD = 1_024
const ERROR_TAIL = 2_048
/** What is waited for the end of what was killed. */
const END_MS = 3_000

/** A program that is started for each event, called as Serf calls its event handlers. */
export const createExecutable = (options: ExecutableOptions): Runner => {
  const { spec, cells, self, answerRoom, log } = options
  const say = sayLines(spec.name, log)
  return {
    hears: (event) => keyFor(spec.events, event) !== undefined,
    isReady: () => true,
    about: () => ({ events: spec.events }),
    run: async ({ event }, { slot, signal }) => {
      const cell = cells[slot]
      if (!cell) throw new RangeError(`${spec.name} has no cell ${slot}`)
      const result = await runOnce({
        file: spec.file,
        cell,
        event,
        self: self(),
        answerRoom,
        signal,
      })
      say('stderr', result.errors)
      if (event.type !== 'query') say('stdout', result.said)
      return result
    },
  }
}

type RunOptions = {
  file: string
  cell: Cell
  event: Job['event']
  self: OwnMember
  answerRoom: number
  signal: AbortSignal
}

const runOnce = async (run: RunOptions): Promise<RunResult & { said: string; errors: string }> => {
  const { file, cell, event, self, answerRoom, signal } = run
  signal.throwIfAborted()
  const child = cell.start([file], { env: serfEnvironment(event, self) })
  let broken: unknown
  const end = (why: unknown): void => {
    broken ??= why
    void cell.kill()
  }
  const flood = (): void =>
    end(new HandlerError('output', `printed more than ${FLOOD_BYTES} bytes`))
  const headBytes = Math.max(answerRoom + 4, ERROR_HEAD)
  const said = capture(child.stdout!, { headBytes, floodBytes: FLOOD_BYTES, onFlood: flood })
  const errors = capture(child.stderr!, {
    headBytes: ERROR_HEAD,
    tailBytes: ERROR_TAIL,
    floodBytes: FLOOD_BYTES,
    onFlood: flood,
  })
  const onAbort = (): void => end(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  // A program need not read what it is told.
  child.stdin?.on('error', () => {})
  child.stdin?.end(serfInput(event))
  try {
    const { code, killedBy } = await untilGone(child, cell, signal)
    if (broken) throw stopped(broken)
    if (killedBy || code !== 0) {
      const words = lastWords(errors())
      const how = killedBy ? `killed by ${killedBy}` : `exit ${code}`
      throw new HandlerError('failed', words ? `${how}: ${words}` : how)
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  const { head, tail, bytes } = said()
  const answer = event.type === 'query' ? cutText(head, answerRoom) : undefined
  const cut = answer && bytes > answerRoom ? bytes : 0
  return {
    ...(answer && { answer }),
    ...(cut && { cut }),
    said: lastWords({ head, tail, bytes }),
    errors: lastWords(errors()),
  }
}

const stopped = (why: unknown): HandlerError =>
  why instanceof HandlerError
    ? why
    : new HandlerError('stopped', 'ended: the node or its agent stops')

type Gone = { code: number | null; killedBy: NodeJS.Signals | null }

/** Until the process and all that held its pipes are gone; an end that was ordered is not waited for long. */
const untilGone = (child: ChildProcess, cell: Cell, signal: AbortSignal): Promise<Gone> =>
  new Promise((resolve, reject) => {
    const gone = new AbortController()
    const settle = (end: Gone): void => {
      gone.abort()
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      resolve(end)
    }
    const soon = async (end: Gone): Promise<void> => {
      await pause(END_MS, gone.signal)
      settle(end)
    }
    child.once('error', (cause) => {
      gone.abort()
      reject(new HandlerError('failed', 'start it', { cause }))
    })
    child.once('close', (code, killedBy) => settle({ code, killedBy }))
    child.once('exit', async (code, killedBy) => {
      // Its shell did not come to its last deed, which is to end whatever is left.
      if (killedBy) await cell.kill()
      await soon({ code, killedBy })
    })
    const onAbort = (): void => void soon({ code: null, killedBy: 'SIGKILL' })
    signal.addEventListener('abort', onAbort, { once: true, signal: gone.signal })
  })
