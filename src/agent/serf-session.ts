import { follow, type SerfMessage } from '../cluster/follow.ts'
import { namesExpression } from '../cluster/hints.ts'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { connectSerf, type SerfConnection, SerfError, type SerfMember } from '../serf/client.ts'

const RETRY_MS = 100
/** While serf starts; a serf that is down for long is looked for less often. */
const STARTING_MS = 20
const START_TAKES_MS = 2_000
/** How long a restarted serf may take to find its cluster before its short list is believed. */
const FIND_AGAIN_MS = 5_000

/** A serf that has joined nobody for so long may be the first one. */
const SETTLES_MS = 3_000

/** A serf that answers nothing for so long is ended, for its supervisor to start it again. */
const HUNG_MS = 15_000

class SerfDown extends SerfnodeError<'serf-down' | 'port-taken'> {}

const down = () =>
  new SerfDown('serf-down', 'serf is not running at the moment', { retryable: true })

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
  update(names: readonly string[], members: readonly SerfMember[]): void
  onMessage(message: SerfMessage): void
  onLost(): void
  whoListens(port: number): Promise<'serf' | 'nobody' | 'other'>
  killSerf(): Promise<void>
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
  let hasJoined = false
  let isSettled = false
  let settling: NodeJS.Timeout | undefined
  const up = (serf: SerfConnection | undefined): SerfConnection => {
    if (!serf) throw down()
    return serf
  }

  const once = async (): Promise<void> => {
    const { port, authKey, signal, log } = options
    const who = await options.whoListens(port)
    if (who === 'nobody') throw down()
    if (who === 'other') throw new SerfDown('port-taken', takenMessage(port))
    const open = async (): Promise<SerfConnection> => {
      const connection = await connectSerf({ port, authKey, signal })
      opened.push(connection)
      return connection
    }
    streaming = await open()
    commands = await open()
    blocking = await open()
    const [serf, stream] = [commands, streaming]
    // Before the tags are told: whoever reads them may ask at once.
    const events = stream.stream('*', signal)
    await events.ready
    hasJoined = knowsOthers(await serf.members())
    isSettled = hasJoined
    settling = setTimeout(() => {
      isSettled = true
    }, SETTLES_MS).unref()
    await options.onConnected(serf)
    await findAgain(serf, options)
    log.info({}, 'serf is up')
    await follow({
      serf: {
        members: () => serf.members(),
        membersNamed: (names) => serf.membersFiltered({ name: namesExpression(names) }),
        events: () => events,
        logLines: (until) => stream.monitor('INFO', until),
      },
      apply: (members) => {
        options.apply(members)
        hasJoined ||= knowsOthers(members)
      },
      update: options.update,
      onMessage: options.onMessage,
      signal,
    })
  }

  return {
    /** The connection for commands. Throws SerfDown. */
    commands: () => up(commands),
    /** Serf knows a query's id only on the connection that streamed it. */
    respond: (id: number, payload: Uint8Array) => up(streaming).respond(id, payload),
    /**
     * A serf that is new takes no events of before. Later it does: else each join would have it
     * drop those that are on their way to it, as older than the join.
     */
    join: async (addresses: string[]): Promise<number> => {
      const answered = await up(blocking).join(addresses, {
        replay: hasJoined,
        timeoutMs: 15_000,
      })
      hasJoined = true
      isSettled = true
      return answered
    },
    /** Whether this serf has joined: until then, who joins it brings it events of long ago. */
    isSettled: (): boolean => isSettled,
    run: async (): Promise<void> => {
      const { signal, log } = options
      let said = ''
      let answered = performance.now()
      let downSince = performance.now()
      while (!signal.aborted) {
        let retryMs = RETRY_MS
        try {
          await once()
        } catch (error) {
          if (signal.aborted) return
          const wasUp = commands !== undefined
          if (wasUp) downSince = performance.now()
          const isStarting = performance.now() - downSince < START_TAKES_MS
          if (isStarting && isCode(error, 'serf-down')) retryMs = STARTING_MS
          const text = describeError(error)
          const isHung = error instanceof SerfError && error.code === 'timeout'
          if (wasUp || !isHung) answered = performance.now()
          // A serf that is only starting is nothing to say.
          const isNew = text !== said && (wasUp || !isCode(error, 'serf-down'))
          if (isNew) log.warn({ error: text }, 'serf does not answer, trying again')
          if (wasUp || isNew) said = wasUp ? '' : text
          if (isHung && performance.now() - answered > HUNG_MS) {
            log.error({}, 'serf hangs and is started again')
            await options
              .killSerf()
              .catch((failure) => log.error({ error: `${failure}` }, 'end serf'))
            answered = performance.now()
          }
        } finally {
          clearTimeout(settling)
          isSettled = false
          if (commands) options.onLost()
          for (const connection of opened) connection.close()
          opened = []
          streaming = undefined
          commands = undefined
          blocking = undefined
        }
        await pause(retryMs, signal)
      }
    },
  }
}

export type SerfSession = ReturnType<typeof createSerfSession>

const isCode = (error: unknown, code: string): boolean =>
  error instanceof SerfnodeError && error.code === code

const takenMessage = (port: number): string =>
  `port ${port} on loopback is held by something that is not serf, probably a child: free it, or give another RPC_PORT`

const knowsOthers = (members: readonly SerfMember[]): boolean =>
  members.filter(({ status }) => status === 'alive').length > 1

/** A serf that was restarted knows only itself: without this every name would vanish for a while. */
const findAgain = async (serf: SerfConnection, options: SerfSessionOptions): Promise<void> => {
  const before = options.othersAlive()
  if (before === 0) return
  const until = performance.now() + FIND_AGAIN_MS
  while (performance.now() < until && !options.signal.aborted) {
    options.joinNow()
    if (knowsOthers(await serf.members())) return
    await pause(RETRY_MS, options.signal)
  }
}
