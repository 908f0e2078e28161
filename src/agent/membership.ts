import { lookup } from 'node:dns/promises'
import type { Catalog } from '../catalog/catalog.ts'
import { fitTags, type OwnFacts } from '../catalog/tags.ts'
import { type AcquiredSecret, acquireSecret } from '../cluster/acquire-secret.ts'
import { askMember } from '../cluster/ask-member.ts'
import { fetchPorts } from '../cluster/fetch-ports.ts'
import type { SerfMessage } from '../cluster/follow.ts'
import { gossipKey } from '../cluster/secret.ts'
import { findSeeds, joinHostPort } from '../cluster/seeds.ts'
import { readPeers, readSecret, savePeers, saveSecret } from '../cluster/state.ts'
import { stayJoined } from '../cluster/stay-joined.ts'
import { decodeToken } from '../cluster/token.ts'
import type { Settings } from '../config/types.ts'
import { deferred } from '../lib/deferred.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { waker } from '../lib/waker.ts'
import type { Boot } from './boot.ts'
import type { EngineNodes } from './engine-nodes.ts'
import { killSerf, startSerf, whoListens, writeSerfFiles } from './serf-service.ts'
import { createSerfSession } from './serf-session.ts'
import { createTagTeller } from './tag-teller.ts'

export type MembershipOptions = {
  settings: Settings
  boot: Boot
  catalog: Catalog
  engineNodes: EngineNodes | undefined
  /** What serf is started with, unless it runs already. */
  facts: OwnFacts
  isAgentRestart: boolean
  onWaiting(message: string): void
  /** A peer that cannot be joined, and undefined when it can again. */
  onPeerProblem(peer: string, problem: string | undefined): void
  /** This node's own answer to a query. */
  answer(name: string, payload: string): string | undefined
  /** Members whose ports are not all known, and undefined when there is none any more. */
  onPortsProblem(problem: string | undefined): void
  /** Serf answers, for the first time or again. */
  onUp(): void
  /** Serf does not answer any more. */
  onDown(): void
  onMessage(message: SerfMessage): void
  log: Logger
  signal: AbortSignal
}

/** The tokens that the user gave, the one that counts first. */
export const tokensOf = ({ token, peers }: Pick<Settings, 'token' | 'peers'>): string[] => [
  ...(token === undefined ? [] : [token]),
  ...peers.flatMap((peer) => (peer.type === 'token' ? [peer.token] : [])),
]

/** This node's part in the cluster: from the secret to being joined, and what it tells of itself. */
export const createMembership = (options: MembershipOptions) => {
  const { settings, boot, catalog, engineNodes, log, signal } = options
  const tokens = tokensOf(settings)
  const joining = waker()
  let key: { gossipKey?: string } | undefined
  let isFounder = false
  const up = deferred()

  let writing: Promise<void> = Promise.resolve()

  const writeNow = async (tags: Record<string, string>): Promise<void> => {
    if (!key) return
    const log_level = settings.log_level === 'debug' ? 'DEBUG' : 'WARN'
    await writeSerfFiles({ ...boot, ...key, tags, log_level })
  }
  // One at a time: two would meet in the file beside.
  const write = (tags: Record<string, string>): Promise<void> => {
    const mine = writing.then(() => writeNow(tags))
    writing = mine.catch(() => {})
    return mine
  }
  let formerPeers = 0
  const session = createSerfSession({
    port: boot.rpc_port,
    authKey: boot.rpcAuth,
    isAgentRestart: options.isAgentRestart,
    isFounder: () => isFounder,
    apply: catalog.apply,
    update: catalog.update,
    // A new agent knows nobody yet; its predecessor may have, and serf may have died with it.
    othersAlive: () =>
      catalog.snapshot().version === 0 ? formerPeers : othersAlive(catalog, boot.id).length,
    joinNow: joining.now,
    onConnected: async () => {
      // Not after the tags, which take serf up to a second: until it has joined it hears nothing new.
      joining.now()
      up.resolve()
      await teller.again()
      options.onUp()
    },
    onMessage: options.onMessage,
    onLost: () => {
      catalog.markStale()
      options.onDown()
    },
    whoListens,
    killSerf,
    log,
    signal,
  })
  const teller = createTagTeller({
    write,
    send: async (change) => session.commands().tags(change),
    log,
  })

  const takeSecret = async (): Promise<AcquiredSecret | undefined> => {
    if (settings.insecure) {
      log.warn({}, 'SERFNODE_INSECURE=1: gossip is not encrypted, anybody may join')
      return undefined
    }
    const own = await readSecret().catch((error: unknown) => {
      log.error(
        { error: describeError(error) },
        'the kept secret cannot be read, looking for another',
      )
      return undefined
    })
    const secret = await acquireSecret({
      cluster: settings.cluster,
      tokens,
      hasPeer: settings.peers.some(({ type }) => type === 'address'),
      own,
      engine: engineNodes,
      save: saveSecret,
      log,
      onWaiting: options.onWaiting,
      signal,
    })
    log.info({ cluster: settings.cluster, from: secret.from }, 'cluster secret')
    return secret
  }

  const join = async (): Promise<void> => {
    // The engine takes its time over a first neighbour: it is asked while serf starts.
    let early = engineNodes?.neighbours().catch(() => [])
    const neighbours = async (): Promise<string[]> => {
      const found = await early
      early = undefined
      return found?.length ? found : ((await engineNodes?.neighbours()) ?? [])
    }
    await up.promise
    const seeds = tokens.flatMap((token) => decodeToken(token).seeds)
    await stayJoined({
      self: boot.id,
      join: session.join,
      members: () => catalog.snapshot().members,
      changes: (until) => catalog.changes(until),
      seeds: async () =>
        findSeeds({
          peers: settings.peers.flatMap((peer) => (peer.type === 'address' ? [peer] : [])),
          remembered: [...new Set([...(await readPeers()), ...seeds])],
          engine: engineNodes && { ...engineNodes, neighbours },
          lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
        }),
      wait: (ms, until) => joining.next(ms, until),
      onProblem: options.onPeerProblem,
      log,
      signal,
    })
  }

  const fetchAllPorts = (): Promise<void> =>
    fetchPorts({
      self: boot.id,
      // While serf is away nobody can be asked, and nobody is to blame.
      wanted: () => (catalog.snapshot().stale ? [] : catalog.snapshot().incomplete),
      changes: (until) => catalog.changes(until),
      ask: async (id, payload, until) => {
        if (id !== boot.id) {
          return askMember(session.commands(), { id, name: 'ports', payload }, until)
        }
        const answer = options.answer('ports', payload)
        return answer === undefined ? undefined : Buffer.from(answer)
      },
      learn: catalog.learn,
      members: () => catalog.snapshot().counts.alive,
      onProblem: options.onPortsProblem,
      log,
      signal,
    })

  return {
    session,
    tell: teller.tell,
    /** Each runs until the signal aborts, and may be run again when it fails. */
    parts: {
      serf: async (): Promise<void> => {
        const secret = await takeSecret()
        isFounder = secret?.from === 'founded'
        key = secret ? { gossipKey: gossipKey(secret) } : {}
        // A serf that runs already keeps its tags until it is known whether the children run.
        if (options.isAgentRestart) formerPeers = (await readPeers()).length
        else await write(fitTags(options.facts).tags)
        await startSerf()
        await session.run()
      },
      join,
      ports: fetchAllPorts,
      peers: () => rememberPeers(catalog, boot.id, { log, signal }),
    },
  }
}

export type Membership = ReturnType<typeof createMembership>

const othersAlive = (catalog: Catalog, self: string): string[] =>
  catalog
    .snapshot()
    .members.filter(({ id, status }) => id !== self && status === 'alive')
    .map(({ addr, port }) => joinHostPort(addr, port))

/** Keeps the addresses of live members for the next start; an empty cluster forgets nobody. */
const rememberPeers = async (
  catalog: Catalog,
  self: string,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> => {
  let kept = ''
  for await (const _ of catalog.changes(signal)) {
    const peers = othersAlive(catalog, self).sort()
    const text = peers.join()
    if (peers.length === 0 || text === kept) continue
    try {
      await savePeers(peers)
      kept = text
    } catch (error) {
      log.warn({ error: describeError(error) }, 'peers not saved, trying again at the next change')
    }
  }
}
