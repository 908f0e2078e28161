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

/**
 * So long a serf is new: whom it joins may be as new as itself, and those who have old events come
 * next. One that has joined nobody until then may be the first one.
 */
const NEW_MS = 3_000

/** A serf that answers nothing for so long is ended, for its supervisor to start it again. */
const HUNG_MS = 15_000
/** More queries than one connection brings. */
const IDS_EACH = 2 ** 32

class SerfDown extends SerfnodeError<'serf-down' | 'port-taken' | 'asker-gone'> {}

const down = () =>
  new SerfDown('serf-down', 'serf is not running at the moment', { retryable: true })

export type SerfSessionOptions = {
  port: number
  authKey: string
  /** Whether serf may run since before this agent. */
  isAgentRestart: boolean
  /** Whether this node began the cluster: then nothing can be of before it. */
  isFounder(): boolean
  newMs?: number
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
  let streams = 0
  let hasJoined = false
  let isSettled = false
  let joins = 0
  let isNew = true
  const met = new Set<string>()
  let ageing: NodeJS.Timeout | undefined
  const up = (serf: SerfConnection | undefined): SerfConnection => {
    if (!serf) throw down()
    return serf
  }

  const joined = (): void => {
    hasJoined = true
    isSettled = true
  }
  /** Serf numbers the queries of each connection from 1: ours are never the same. */
  const numbered = (message: SerfMessage): SerfMessage =>
    message.type === 'query' ? { ...message, id: streams * IDS_EACH + message.id } : message

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
    streams++
    commands = await open()
    blocking = await open()
    const [serf, stream] = [commands, streaming]
    const events = stream.stream('*', signal)
    await events.ready
    // Whoever knows others may only have been joined by them, but for a serf of the former agent.
    if (streams === 1 && options.isAgentRestart && knowsOthers(await serf.members())) {
      isNew = false
      joined()
    }
    if (streams === 1 && options.isFounder()) isSettled = true
    ageing = setTimeout(() => {
      isNew = false
      isSettled = true
    }, options.newMs ?? NEW_MS).unref()
    const prepare = async (): Promise<void> => {
      await options.onConnected(serf)
      await findAgain(serf, options)
      log.info({}, 'serf is up')
    }
    const prepared = prepare()
    // Messages are heard meanwhile: whoever reads the tags may ask at once, and what others bring to
    // a serf that has not joined must not be taken for something of later.
    const following = follow({
      prepared,
      serf: {
        members: () => serf.members(),
        membersNamed: (names) => serf.membersFiltered({ name: namesExpression(names) }),
        events: () => events,
        logLines: (until) => stream.monitor('INFO', until),
      },
      apply: (members) => {
        options.apply(members)
        // The first one of its cluster, which others join.
        if (isSettled && knowsOthers(members)) joined()
      },
      update: options.update,
      onMessage: (message) => options.onMessage(numbered(message)),
      signal,
    })
    await Promise.allSettled([prepared, following])
    await following
  }

  return {
    /** The connection for commands. Throws SerfDown. */
    commands: () => up(commands),
    /** Serf knows a query only on the connection that streamed it: later, nobody can answer it. */
    respond: async (id: number, payload: Uint8Array): Promise<void> => {
      if (Math.floor(id / IDS_EACH) !== streams) {
        throw new SerfDown('asker-gone', 'the connection that brought the query has ended')
      }
      await up(streaming).respond(id % IDS_EACH, payload)
    },
    /**
     * A serf that is new takes no events of before from whom it meets. Otherwise it does: else each
     * join would have it drop those that are on their way to it, as older than the join.
     */
    join: async (addresses: string[]): Promise<number> => {
      const serf = up(blocking)
      joins++
      try {
        const answered = await serf.join(addresses, {
          replay: hasJoined && (!isNew || addresses.every((address) => met.has(address))),
          timeoutMs: 15_000,
        })
        if (isNew) for (const address of addresses) met.add(address)
        joined()
        return answered
      } finally {
        joins--
      }
    },
    /**
     * Whether this serf has joined: until then, who joins it brings it events of long ago. While it
     * joins, serf itself drops those, and what comes is new.
     */
    isSettled: (): boolean => isSettled || joins > 0,
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
          clearTimeout(ageing)
          hasJoined = false
          isSettled = false
          isNew = true
          met.clear()
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
