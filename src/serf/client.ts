import { call } from './call.ts'
import type { Command, Payload } from './command.ts'
import { auth } from './commands/auth.ts'
import { event } from './commands/event.ts'
import { forceLeave } from './commands/force-leave.ts'
import { getCoordinate, type SerfCoordinate } from './commands/get-coordinate.ts'
import { handshake } from './commands/handshake.ts'
import { installKey } from './commands/install-key.ts'
import { join, joinSlowMs } from './commands/join.ts'
import { leave } from './commands/leave.ts'
import { listKeys } from './commands/list-keys.ts'
import { members } from './commands/members.ts'
import { type MembersFilteredRequest, membersFiltered } from './commands/members-filtered.ts'
import { monitor, type SerfLogLevel } from './commands/monitor.ts'
import { type QueryRecord, type QueryRequest, query } from './commands/query.ts'
import { removeKey } from './commands/remove-key.ts'
import { respond } from './commands/respond.ts'
import { type SerfStats, stats } from './commands/stats.ts'
import { type SerfEvent, stream } from './commands/stream.ts'
import { type TagsRequest, tags } from './commands/tags.ts'
import { useKey } from './commands/use-key.ts'
import { openConnection } from './connection.ts'
import { SerfError } from './errors.ts'
import type { SerfKeyReply } from './key-reply.ts'
import type { SerfMember } from './member.ts'
import { type SerfStream, subscribe } from './subscription.ts'

export type { Payload } from './command.ts'
export type { SerfCoordinate } from './commands/get-coordinate.ts'
export type { SerfLogLevel } from './commands/monitor.ts'
export type { QueryRecord, QueryRequest } from './commands/query.ts'
export type { SerfStats } from './commands/stats.ts'
export type {
  SerfEvent,
  SerfMemberEvent,
  SerfQueryEvent,
  SerfUserEvent,
} from './commands/stream.ts'
export { SerfError, type SerfErrorCode } from './errors.ts'
export type { SerfKeyReply } from './key-reply.ts'
export type { SerfMember, SerfMemberStatus } from './member.ts'
export type { SerfStream } from './subscription.ts'

export type SerfConnectOptions = {
  /** 127.0.0.1 unless given. */
  host?: string
  port: number
  /** Serf's `rpc_auth`. */
  authKey?: string
  /** For connecting and for each ordinary answer; 2000 unless given. */
  timeoutMs?: number
  /** Ends the attempt to connect and, later, the connection. */
  signal?: AbortSignal
}

/**
 * One connection to Serf's RPC. Serf serves the commands of a connection one after the other, so
 * what may block (join, key commands) and what streams belong on connections of their own.
 *
 * Every method rejects with SerfError. A time-out says nothing about whether the deed was done;
 * the connection stays usable. Commands that Serf itself may take long over (leave, force-leave,
 * tags, the key commands, join by 10 s an address) have that time on top of `timeoutMs`.
 */
export type SerfConnection = {
  members: () => Promise<SerfMember[]>
  /**
   * Go regular expressions, each for the whole value. Serf closes the connection over an invalid
   * one; the error then says so.
   */
  membersFiltered: (filter: MembersFilteredRequest) => Promise<SerfMember[]>
  /** How many of the addresses answered; an error when none did. `replay` is false unless given. */
  join: (
    addrs: readonly string[],
    options?: { replay?: boolean; timeoutMs?: number },
  ) => Promise<number>
  /** Leaves the cluster; Serf then ends, and the connection with it. */
  leave: () => Promise<void>
  /** For members that failed. `prune` forgets them; pruning a live one stalls the cluster. */
  forceLeave: (name: string, options?: { prune?: boolean }) => Promise<void>
  /** `coalesce` is false unless given: true keeps only the newest event of a name. */
  event: (name: string, payload?: Payload, options?: { coalesce?: boolean }) => Promise<void>
  /** Always lasts until its deadline; the last record is `done`. Leaving the loop early is fine. */
  query: (request: QueryRequest, signal?: AbortSignal) => SerfStream<QueryRecord>
  /** Answers a `query` event. Only on the connection whose stream brought it, which knows the id. */
  respond: (id: number, payload?: Payload) => Promise<void>
  tags: (change: TagsRequest) => Promise<void>
  stats: () => Promise<SerfStats>
  /**
   * `types` is `*` or a list like `member-join,user:deploy,query`. Serf may crash when a stream
   * is ended (so does closing its connection) while events pour in: keep one as long as it lives.
   */
  stream: (types: string, signal?: AbortSignal) => SerfStream<SerfEvent>
  /** Serf's log: up to 512 old lines, then new ones. One a connection. */
  monitor: (level: SerfLogLevel, signal?: AbortSignal) => SerfStream<string>
  /** Undefined for a name that Serf has no coordinate of. */
  getCoordinate: (name: string) => Promise<SerfCoordinate | undefined>
  /**
   * Keys are base64. When a member failed, the error's `facts` are the `SerfKeyReply` without its
   * keys.
   */
  installKey: (key: string) => Promise<SerfKeyReply>
  useKey: (key: string) => Promise<SerfKeyReply>
  removeKey: (key: string) => Promise<SerfKeyReply>
  listKeys: () => Promise<SerfKeyReply>
  /** Resolves when the connection is over: with the reason, or nothing when we closed it. */
  closed: Promise<SerfError | undefined>
  /** Fails what is under way with `closed`; streams end quietly. */
  close: () => void
  [Symbol.dispose]: () => void
}

// Serf's own query timeout grows with the cluster: 24 s for a thousand members on the wan profile.
const SERF_QUERY_TIMEOUT_MS = 60_000

/** Connects, shakes hands and authenticates, each within `timeoutMs`. Rejects with SerfError. */
export const connectSerf = async ({
  host = '127.0.0.1',
  port,
  authKey = '',
  timeoutMs = 2000,
  signal,
}: SerfConnectOptions): Promise<SerfConnection> => {
  const { line, closed, close } = await openConnection({ host, port, timeoutMs, signal })
  const ask = <Request, Response>(command: Command<Request, Response>, request: Request) =>
    call(line, command, request)

  try {
    await ask(handshake, { version: 1 })
    // Also without a key: an agent that has one says so here, and not at the first command.
    await ask(auth, { authKey })
  } catch (error) {
    close()
    const wantsKey = (error as SerfError).code === 'auth' && !authKey
    const why = wantsKey ? ': it wants an auth key, none was given' : ''
    throw asConnectError(error as SerfError, `connect to serf at ${host}:${port}${why}`)
  }

  return {
    members: () => ask(members, undefined),
    membersFiltered: (filter) => ask(membersFiltered, filter),
    join: (addrs, { replay = false, timeoutMs: ms = timeoutMs + joinSlowMs(addrs) } = {}) =>
      call(line, join, { addrs, replay }, ms),
    leave: () => ask(leave, undefined),
    forceLeave: (name, { prune = false } = {}) => ask(forceLeave, { name, prune }),
    event: (name, payload, { coalesce = false } = {}) => ask(event, { name, payload, coalesce }),
    query: (request, signal) => {
      const endsWithinMs = timeoutMs + (request.timeoutMs || SERF_QUERY_TIMEOUT_MS)
      return subscribe(line, query, request, { signal, endsWithinMs })
    },
    respond: (id, payload) => ask(respond, { id, payload }),
    tags: (change) => ask(tags, change),
    stats: () => ask(stats, undefined),
    stream: (types, signal) => subscribe(line, stream, { types }, { signal }),
    monitor: (logLevel, signal) => subscribe(line, monitor, { logLevel }, { signal }),
    getCoordinate: (name) => ask(getCoordinate, { name }),
    installKey: (key) => ask(installKey, { key }),
    useKey: (key) => ask(useKey, { key }),
    removeKey: (key) => ask(removeKey, { key }),
    listKeys: () => ask(listKeys, undefined),
    closed,
    close,
    [Symbol.dispose]: close,
  }
}

const asConnectError = (cause: SerfError, deed: string): SerfError =>
  new SerfError(cause.code, deed, { cause, retryable: cause.retryable })
