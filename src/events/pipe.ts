import { execFile } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import { clearPlace } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'

/** A line longer than this is no event: Serf carries 512 bytes. */
const LINE_LIMIT = 64 * 1024
const CHECK_MS = 2_000
const RAISED_AT_ONCE = 16
/** Refused lines that are said one by one between two checks. */
const WARNINGS_EACH = 5

class PipeError extends SerfnodeError<'line'> {}

/** What a line `["name", payload]` says. Throws PipeError with what was found. */
export const parseLine = (line: string): { name: string; payload: string } => {
  const bad = (found: string): PipeError =>
    new PipeError('line', `expected ["event name", {payload}], found ${found}`)
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw bad(JSON.stringify(line.slice(0, 80)))
  }
  if (!Array.isArray(value)) throw bad(JSON.stringify(value).slice(0, 80))
  const [name, payload] = value
  if (typeof name !== 'string') throw bad(`a name that is ${JSON.stringify(name) ?? 'missing'}`)
  if (value.length > 2) throw bad(`a list of ${value.length}`)
  return { name, payload: payload === undefined ? '' : JSON.stringify(payload) }
}

/** Cuts a byte stream into lines; a line over the limit is dropped up to its end and told. */
export const lineSplitter = (onLine: (line: string) => void, onTooLong: () => void) => {
  let rest = ''
  let dropping = false
  return (chunk: string): void => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (dropping) dropping = false
      else if (part.length > LINE_LIMIT) onTooLong()
      else if (part.trim() !== '') onLine(part)
    }
    if (rest.length > LINE_LIMIT) {
      if (!dropping) onTooLong()
      dropping = true
      rest = ''
    }
  }
}

export type PipeOptions = {
  path: string
  /** Raises the event; its rejection is logged and the next line is read. */
  raise(name: string, payload: string): Promise<void>
  log: Logger
  signal: AbortSignal
}

/**
 * The event pipe of 2015: any process in the node or its children writes `["name", {payload}]`,
 * one a line. Made anew when somebody removes it. Returns on abort.
 */
export const servePipe = async ({ path, raise, log, signal }: PipeOptions): Promise<void> => {
  while (!signal.aborted) {
    try {
      await makePipe(path)
      await readPipe({ path, raise, log, signal })
    } catch (error) {
      log.warn({ path, error: describeError(error) }, 'event pipe: retrying')
    }
    await pause(CHECK_MS, signal)
  }
}

const makePipe = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isFIFO()) return
  if (found) await clearPlace(path)
  // Node has no mkfifo of its own. Its mode is not touched later: that would follow a link.
  await promisify(execFile)('mkfifo', ['-m', '0666', path], { timeout: 5_000 })
}

const readPipe = async ({ path, raise, log, signal }: PipeOptions): Promise<void> => {
  // Opened for writing too, so that the reader never sees the end when a writer closes.
  const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants
  // A bare descriptor, since the socket closes it; opening a FIFO like this never blocks.
  const fd = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
  const opened = fstatSync(fd)
  if (!opened.isFIFO()) {
    closeSync(fd)
    throw new PipeError('line', `${path} is not a pipe any more`)
  }
  const socket = new Socket({ fd, readable: true, writable: false })
  const refusals = limitedWarnings(log, path)
  const raising = atMostAtOnce(RAISED_AT_ONCE, socket)
  const split = lineSplitter(
    (line) => {
      try {
        const { name, payload } = parseLine(line)
        raising(raise(name, payload).catch((error: unknown) => refusals.add(describeError(error))))
      } catch (error) {
        refusals.add(describeError(error))
      }
    },
    () => refusals.add(`longer than ${LINE_LIMIT} characters`),
  )
  const broken = new AbortController()
  const either = AbortSignal.any([signal, broken.signal])
  try {
    socket.setEncoding('utf8')
    socket.on('data', split)
    socket.once('error', () => broken.abort())
    while (!either.aborted) {
      await pause(CHECK_MS, either)
      refusals.flush()
      if ((await lstat(path).catch(() => undefined))?.ino !== opened.ino) return
    }
  } finally {
    socket.destroy()
  }
}

/** A writer that floods the pipe waits: no more is read while so many events are being raised. */
const atMostAtOnce = (limit: number, socket: Socket) => {
  let running = 0
  return (work: Promise<void>): void => {
    if (++running >= limit) socket.pause()
    void work.then(() => {
      if (--running < limit) socket.resume()
    })
  }
}

/** The first few refusals are said one by one, the rest of the time as a number. */
const limitedWarnings = (log: Logger, path: string) => {
  let said = 0
  let more = 0
  return {
    add: (reason: string): void => {
      if (said++ < WARNINGS_EACH) log.warn({ path, reason }, 'event pipe: line refused')
      else more++
    },
    flush: (): void => {
      if (more > 0) log.warn({ path, lines: more }, 'event pipe: more lines refused')
      said = 0
      more = 0
    },
  }
}
