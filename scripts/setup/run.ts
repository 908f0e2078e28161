import { spawn } from 'node:child_process'
import { SetupError } from './errors.ts'

export type RunOptions = {
  cwd?: string
  env?: Record<string, string | undefined>
  input?: string
  /** The whole run's deadline; 60 s unless told. */
  timeoutMs?: number
  signal?: AbortSignal
  /** In a session of its own: Ctrl-C at the terminal does not reach it. */
  apart?: boolean
  /** Each line of output as it comes, stdout and stderr alike. */
  onLine?: (line: string) => void
}

export type Ran = { code: number; stdout: string; stderr: string; timedOut: boolean }

const KILL_AFTER_MS = 5_000

const lineReader = (onLine: (line: string) => void): ((text: string) => void) => {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split(/[\r\n]+/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
  }
}

/** Runs a program without a shell and tells how it ended; throws only when it cannot be started. */
export const attempt = (
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> => {
  const { cwd, env, input, timeoutMs = 60_000, signal, apart = false, onLine } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      detached: apart,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const out = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      const read = onLine && lineReader(onLine)
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        out[name] += text
        read?.(text)
      })
    }
    let timedOut = false
    let killTimer: NodeJS.Timeout | undefined
    // First the kind way: apt and mmdebstrap clean up after themselves.
    const kill = () => {
      child.kill('SIGTERM')
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
    }
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, timeoutMs)
    if (signal?.aborted) kill()
    signal?.addEventListener('abort', kill, { once: true })
    const end = () => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      signal?.removeEventListener('abort', kill)
    }
    child.on('error', (cause) => {
      end()
      const text = `${command}: it cannot be started; is it installed and on the PATH?`
      reject(new SetupError('command_missing', text, { cause }))
    })
    child.on('close', (code) => {
      end()
      resolve({ code: code ?? 1, ...out, timedOut })
    })
    child.stdin?.on('error', () => {
      // The program ended without reading all of its input; its exit code says how it went.
    })
    child.stdin?.end(input)
  })
}

const tail = (text: string, lines: number): string =>
  text.trimEnd().split('\n').slice(-lines).join('\n')

/** Runs a program and returns what it printed; anything but exit 0 is an error with its last lines. */
export const run = async (
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> => {
  const { code, stdout, stderr, timedOut } = await attempt(command, args, options)
  options.signal?.throwIfAborted()
  const line = [command, ...args].join(' ')
  if (timedOut) {
    const text = `${line}: not done after ${(options.timeoutMs ?? 60_000) / 1000} s`
    throw new SetupError('command_timed_out', `${text}\n${tail(stdout + stderr, 10)}`)
  }
  if (code !== 0) {
    throw new SetupError('command_failed', `${line}: exit ${code}\n${tail(stdout + stderr, 20)}`)
  }
  return stdout
}
