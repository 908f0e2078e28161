import { follow, type SerfMessage } from '../cluster/follow.ts'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { connectSerf, type SerfConnection, type SerfMember } from '../serf/client.ts'

const RETRY_MS = 100
/** How long a restarted serf may take to find its cluster before its short list is believed. */
const FIND_AGAIN_MS = 5_000

class SerfDown extends SerfnodeError<'serf-down'> {
  constructor() {
    super('serf-down', 'serf is not running at the moment', { retryable: true })
  }
}

export type SerfSessionOptions = {
  port: number
  authKey: string
  /** Before the first list is read: tell Serf our tags. */
  onConnected(serf: SerfConnection): Promise<void>
  /** Members that the catalog holds alive besides this node. */
  othersAlive(): number
  /** Wakes the joining. */
  joinNow(): void
  apply(members: readonly SerfMember[]): void
  onMessage(message: SerfMessage): void
  onLost(): void
  log: Logger
  signal: AbortSignal
}

/**
 * Our side of Serf's RPC for as long as the node lives: three connections, since Serf serves one
 * command at a time on each. One streams, one carries commands, one carries `join`, which may
 * block for 10 s.
 */
export const createSerfSession = (options: SerfSessionOptions) => {
  let streaming: SerfConnection | undefined
  let commands: SerfConnection | undefined
  let blocking: SerfConnection | undefined
  let opened: SerfConnection[] = []
  const up = (serf: SerfConnection | undefined): SerfConnection => {
    if (!serf) throw new SerfDown()
    return serf
  }

  const once = async (): Promise<void> => {
    const { port, authKey, signal, log } = options
    const open = async (): Promise<SerfConnection> => {
      const connection = await connectSerf({ port, authKey, signal })
      opened.push(connection)
      return connection
    }
    streaming = await open()
    commands = await open()
    blocking = await open()
    const [serf, stream] = [commands, streaming]
    await options.onConnected(serf)
    await findAgain(serf, options)
    log.info({}, 'serf is up')
    await follow({
      serf: {
        members: () => serf.members(),
        events: (until) => stream.stream('*', until),
        logLines: (until) => stream.monitor('INFO', until),
      },
      apply: options.apply,
      onMessage: options.onMessage,
      signal,
    })
  }

  return {
    /** The connection for commands. Throws SerfDown. */
    commands: () => up(commands),
    /** Serf knows a query's id only on the connection that streamed it. */
    respond: (id: number, payload: Uint8Array) => up(streaming).respond(id, payload),
    join: (addresses: string[]) => up(blocking).join(addresses, { timeoutMs: 15_000 }),
    run: async (): Promise<void> => {
      const { signal, log } = options
      for (let failures = 0; !signal.aborted; failures++) {
        try {
          await once()
        } catch (error) {
          if (signal.aborted) return
          if (commands) failures = 0
          const level = failures === 50 || commands ? 'warn' : 'debug'
          log[level]({ error: describeError(error) }, 'serf is gone, connecting again')
        } finally {
          if (commands) options.onLost()
          for (const connection of opened) connection.close()
          opened = []
          streaming = undefined
          commands = undefined
          blocking = undefined
        }
        await pause(RETRY_MS, signal)
      }
    },
  }
}

/** A serf that was restarted knows only itself: without this every name would vanish for a while. */
const findAgain = async (serf: SerfConnection, options: SerfSessionOptions): Promise<void> => {
  const before = options.othersAlive()
  if (before === 0) return
  const until = performance.now() + FIND_AGAIN_MS
  while (performance.now() < until && !options.signal.aborted) {
    options.joinNow()
    const alive = (await serf.members()).filter(({ status }) => status === 'alive')
    if (alive.length > 1) return
    await pause(RETRY_MS, options.signal)
  }
}
