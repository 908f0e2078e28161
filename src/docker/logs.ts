import { type Connection, impatient } from './connection.ts'
import { demux, raw } from './demux.ts'
import { pathOf } from './path.ts'
import { shaped } from './shape.ts'
import { endOnAbort } from './stream-end.ts'

export type OutputChunk = { stream: 'stdout' | 'stderr'; data: Buffer }

export type LogsOptions = {
  /** Go on with what comes, until the container stops or `signal` aborts. */
  follow?: boolean
  /** Last lines; absent: all. */
  tail?: number
  /** Unix seconds, fractions allowed. */
  since?: number
  timestamps?: boolean
  signal?: AbortSignal
}

export type Logs = {
  /** Ends on abort. With a TTY there is one raw stream, called stdout. */
  logs(id: string, options?: LogsOptions): AsyncIterable<OutputChunk>
}

export const logs = ({ json, open, timeoutMs }: Connection): Logs => {
  const read = async function* (
    id: string,
    { follow = false, tail, since, timestamps = false, signal }: LogsOptions,
  ): AsyncGenerator<OutputChunk, void, undefined> {
    const deed = `read logs of container ${id}`
    // Only API 1.42 and later say in the answer whether it has frames.
    const answer = await json({ deed, path: pathOf('containers', id, 'json'), signal })
    const { Config } = shaped<{ Config: { Tty: boolean } }>(deed, answer, {
      'Config.Tty': 'boolean',
    })
    const query = {
      stdout: true,
      stderr: true,
      follow,
      tail: tail ?? 'all',
      since: since?.toFixed(9),
      timestamps,
    }
    const opened = await open({ deed, path: pathOf('containers', id, 'logs'), query, signal })
    const bytes = follow ? opened.bytes : impatient(opened, timeoutMs)
    yield* Config.Tty ? raw(bytes) : demux(bytes, deed)
  }

  return { logs: (id, options = {}) => endOnAbort(read(id, options), options.signal) }
}
