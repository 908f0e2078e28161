import { execFile } from 'node:child_process'
import { constants, fstatSync, openSync } from 'node:fs'
import { chmod, lstat, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'

/** A line longer than this is no event: Serf carries 512 bytes. */
const LINE_LIMIT = 64 * 1024
const CHECK_MS = 2_000

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
  if (found) await rm(path, { recursive: true, force: true })
  // Node has no mkfifo of its own.
  await promisify(execFile)('mkfifo', ['-m', '0666', path], { timeout: 5_000 })
  await chmod(path, 0o666)
}

const readPipe = async ({ path, raise, log, signal }: PipeOptions): Promise<void> => {
  // Opened for writing too, so that the reader never sees the end when a writer closes.
  const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants
  // A bare descriptor, since the socket closes it; opening a FIFO like this never blocks.
  const fd = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
  const inode = fstatSync(fd).ino
  const socket = new Socket({ fd, readable: true, writable: false })
  const refuse = (reason: string): void => log.warn({ path, reason }, 'event pipe: line refused')
  const split = lineSplitter(
    (line) => {
      try {
        const { name, payload } = parseLine(line)
        raise(name, payload).catch((error: unknown) => refuse(describeError(error)))
      } catch (error) {
        refuse(describeError(error))
      }
    },
    () => refuse(`longer than ${LINE_LIMIT} characters`),
  )
  try {
    socket.setEncoding('utf8')
    socket.on('data', split)
    const broken = new Promise<never>((_, reject) => socket.once('error', reject))
    while (!signal.aborted) {
      await Promise.race([pause(CHECK_MS, signal), broken])
      if ((await lstat(path).catch(() => undefined))?.ino !== inode) return
    }
  } finally {
    socket.destroy()
  }
}
