import { pause } from '../lib/wait.ts'
import { type Connection, gather, type Opened } from './connection.ts'
import { demux } from './demux.ts'
import { DockerError } from './errors.ts'
import type { OutputChunk } from './logs.ts'
import { pathOf } from './path.ts'
import { shaped } from './shape.ts'
import { endOnAbort } from './stream-end.ts'

const OUTPUT_CAP = 8 << 20
const DEFAULT_MS = 30_000

export type ExecStreamOptions = {
  cmd: string[]
  /** `NAME=value`. */
  env?: string[]
  user?: string
  stdin?: Uint8Array | string
  signal?: AbortSignal
}

export type ExecOptions = ExecStreamOptions & {
  /** Of the whole run; default 30 s. */
  timeoutMs?: number
}

export type ExecStream = {
  /** Must be read: it holds the connection. */
  output: AsyncIterable<OutputChunk>
  /** To be asked when `output` has ended. */
  exitCode(): Promise<number>
}

export type Exec = {
  /**
   * Runs `cmd` and gathers up to 8 MiB of output. A `timeout` or an abort ends our waiting, not the
   * process: the engine has no call for that. `conflict` when the container is not running. A
   * command that cannot be run ends with 126 or 127, the engine's reason being its output.
   */
  exec(
    id: string,
    options: ExecOptions,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>
  /** As exec, handing over output as it comes; without a deadline. Output ends on abort. */
  execStream(id: string, options: ExecStreamOptions): Promise<ExecStream>
}

export const exec = (connection: Connection): Exec => {
  const { json, timeoutMs } = connection

  const start = async (id: string, options: ExecStreamOptions) => {
    const { cmd, env, user, stdin, signal } = options
    const deed = `run ${cmd[0]} in container ${id}`
    const body = {
      Cmd: cmd,
      Env: env,
      User: user,
      AttachStdin: stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    }
    const path = pathOf('containers', id, 'exec')
    const created = await json({ deed, method: 'POST', path, json: body, signal })
    const { Id } = shaped<{ Id: string }>(deed, created, { Id: 'string' })
    const opened = await attach(connection, deed, Id, options)
    return { opened, deed, exitCode: () => exitCodeOf(Id, deed) }
  }

  const exitCodeOf = async (execId: string, deed: string): Promise<number> => {
    // The output may end a moment before the engine has noted the end of the process.
    for (const until = performance.now() + timeoutMs; ; await pause(20)) {
      const answer = await json({ deed, path: pathOf('exec', execId, 'json') })
      const state = shaped<{ Running: boolean; ExitCode: number | null }>(deed, answer, {
        Running: 'boolean',
      })
      if (!state.Running && state.ExitCode !== null) return state.ExitCode
      if (performance.now() > until) {
        throw new DockerError('timeout', `${deed}: its output ended but it still runs`)
      }
    }
  }

  return {
    async exec(id, options) {
      const { opened, deed, exitCode } = await start(id, options)
      opened.deadline.within(options.timeoutMs ?? DEFAULT_MS)
      const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
      const taken = async function* () {
        for await (const { stream, data } of demux(opened.bytes, deed)) {
          parts[stream].push(data)
          yield data
        }
      }
      await gather(taken(), deed, OUTPUT_CAP)
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8')
      return { exitCode: await exitCode(), stdout: text(parts.stdout), stderr: text(parts.stderr) }
    },

    async execStream(id, options) {
      const { opened, deed, exitCode } = await start(id, options)
      return { output: endOnAbort(demux(opened.bytes, deed), options.signal), exitCode }
    },
  }
}

/** Standard input needs a connection that carries both ways; its end is ours to say. */
const attach = async (
  { open, upgrade }: Connection,
  deed: string,
  execId: string,
  { stdin, signal }: ExecStreamOptions,
): Promise<Opened> => {
  const path = pathOf('exec', execId, 'start')
  const call = { deed, method: 'POST' as const, path, json: { Detach: false }, signal }
  if (stdin === undefined) return open(call)
  const opened = await upgrade(call)
  if (!opened.socket) throw new DockerError('malformed', `${deed}: no way to hand it its input`)
  opened.socket.end(stdin)
  return opened
}
