import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { capture, lastWords } from './capture.ts'
import type { Cell } from './cell.ts'
import { HandlerError } from './errors.ts'
import { type SayLine, sayOutput } from './say-output.ts'
import { readSlowly } from './slow-reader.ts'
import { type FromModule, lineCutter, readFromModule, type ToModule } from './wire.ts'

/** Loading may compile a large bundle; after it nothing may keep the event loop for so long. */
const LOAD_MS = 10_000
const TICK_MS = 1_000
const SILENT_MS = 5_000
const LINE_LIMIT = 256 * 1024
/** Of messages, a line or a KB of one each: reading them costs by both. */
const READ_EACH_SECOND = 5_000
/** What waits to be read by the module; more means that it does not read. */
const UNREAD_LIMIT = 16 * 1024 * 1024
const ERROR_BYTES = 4_096
/** The heap has a bound of its own; what lies beside it, as buffers do, has this one. */
const MEMORY_MB = 256
const PAGE_BYTES = 4_096

export type LifeOptions = {
  cell: Cell
  /** The module host and its argument. */
  command: readonly string[]
  onMessage: (message: FromModule) => void
  /** What it prints. */
  say: SayLine
  signal: AbortSignal
}

export type Life = {
  pid: number | undefined
  send(message: ToModule): void
  /** Resolves when nothing of it is left, with the reason. */
  ended: Promise<HandlerError>
}

/** One process of a module, from its start to its end, with the watchdog that may end it. */
export const startLife = (options: LifeOptions): Life => {
  const { cell, command, onMessage, say, signal } = options
  const env = { MALLOC_TRIM_THRESHOLD_: '131072' }
  const child = cell.start(command, { env, resident: true })
  const pipe = child.stdio[3] as Duplex
  let why: HandlerError | undefined
  let heardAt = performance.now()
  let loaded = false

  const end = (reason: HandlerError): void => {
    if (why) return
    why = reason
    void cell.kill()
  }
  const onLine = (line: string): void => {
    if (why) return
    heardAt = performance.now()
    try {
      const message = readFromModule(line)
      if (message.type === 'ready') loaded = true
      if (message.type === 'broken') end(new HandlerError('failed', message.message))
      else onMessage(message)
    } catch (error) {
      end(error as HandlerError)
    }
  }
  const cut = lineCutter(LINE_LIMIT, onLine)
  readSlowly(pipe, {
    most: READ_EACH_SECOND,
    weigh: (chunk) => countLines(chunk) + chunk.length / 1024,
    onData: (chunk) => {
      if (!cut(chunk))
        end(new HandlerError('wire', `the module sent more than ${LINE_LIMIT} bytes in a line`))
    },
  })
  pipe.once('close', () => end(new HandlerError('failed', 'ended')))
  child.stdin?.destroy()
  const { stdout, stderr } = child
  if (stdout && stderr) sayOutput({ stdout, stderr }, say)
  const errors = capture(stderr!, {
    headBytes: ERROR_BYTES,
    tailBytes: ERROR_BYTES,
    floodBytes: Number.POSITIVE_INFINITY,
    onFlood: () => {},
  })

  const send = (message: ToModule): void => {
    if (why || !pipe.writable) return
    pipe.write(`${JSON.stringify(message)}\n`)
    if (pipe.writableLength > UNREAD_LIMIT)
      end(new HandlerError('stuck', 'it does not read its pipe'))
  }
  const watch = watchdog({
    silentMs: () => performance.now() - heardAt,
    limitMs: () => (loaded ? SILENT_MS : LOAD_MS),
    forgive: () => {
      heardAt = performance.now()
    },
    tick: () => {
      const megabytes = memoryOf(child.pid)
      if (megabytes > MEMORY_MB) {
        end(new HandlerError('stuck', `uses ${megabytes} MB, over ${MEMORY_MB}: killed`))
      }
    },
    ping: () => loaded && send({ type: 'ping' }),
    onSilence: (ms) => {
      const said = loaded ? 'does not answer' : 'is not loaded'
      end(new HandlerError('stuck', `${said} after ${Math.round(ms / 1000)} s: killed`))
    },
  })
  const onAbort = (): void => end(new HandlerError('stopped', 'ended: the node or its agent stops'))
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()

  const ended = gone(child).then(async (how) => {
    watch.stop()
    signal.removeEventListener('abort', onAbort)
    // What it forked has no master any more.
    await cell.kill()
    pipe.destroy()
    if (why && why.message !== 'ended') return why
    const words = lastWords(errors())
    return new HandlerError('failed', words ? `${how}: ${words}` : how)
  })
  return { pid: child.pid, send, ended }
}

/** What a process holds, in MB; 0 when it is gone, and where there is no /proc. */
const memoryOf = (pid: number | undefined): number => {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Math.round((Number(pages) * PAGE_BYTES) / 1024 / 1024)
  } catch {
    return 0
  }
}

const gone = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      // What it said last is still in the pipes.
      setTimeout(() => resolve(signal ? `killed by ${signal}` : `exit ${code}`), 50)
    })
  })

const countLines = (chunk: Buffer): number => {
  let lines = 0
  for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) lines++
  return lines
}

/**
 * Tells when the module has been silent for too long. A tick that comes late itself says nothing
 * about the module: the machine was busy, or asleep.
 */
const watchdog = (options: {
  silentMs: () => number
  limitMs: () => number
  forgive: () => void
  tick: () => void
  ping: () => void
  onSilence: (ms: number) => void
}) => {
  const { silentMs, limitMs, forgive, tick, ping, onSilence } = options
  let tickedAt = performance.now()
  const timer = setInterval(() => {
    const late = performance.now() - tickedAt - TICK_MS
    tickedAt = performance.now()
    if (late > TICK_MS) forgive()
    tick()
    if (silentMs() > limitMs()) onSilence(silentMs())
    else if (silentMs() > TICK_MS) ping()
  }, TICK_MS)
  return { stop: (): void => clearInterval(timer) }
}
