import { connect } from 'node:net'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { joinHostPort, type Seeds } from './seeds.ts'

/** A member as joining needs it. */
type Seen = { id: string; name: string; addr: string; port: number; status: string }

export type JoinOptions = {
  self: string
  /** Asks Serf to join; blocks up to 10 s for an address that does not answer. */
  join(addresses: string[]): Promise<number>
  members(): readonly Seen[]
  /** One item at least for each change of the members; ends when the signal aborts. */
  changes(signal: AbortSignal): AsyncIterable<unknown>
  seeds(): Promise<Seeds>
  /** Waits `ms`, less when something changed. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** A seed that cannot be joined, and undefined when it can again. */
  onProblem(peer: string, problem: string | undefined): void
  log: Logger
  signal: AbortSignal
  random?: () => number
  reachable?: (address: string) => Promise<boolean>
}

/** Waits between joins in ms: alone and young, somebody missing, all there. */
const FIRST_MS = 500
const MISSING_MS = 4_000
const QUIET_MS = 30_000
const YOUNG_ROUNDS = 20
const PROBE_MS = 1_000

/**
 * Joins the seeds and keeps joining for as long as it runs: every few seconds while a seed or a
 * member is missing, now and then when all is well, since a join forces the exchange of the whole
 * state that Serf may delay by a minute and heals cuts longer than Serf's own memory.
 */
export const stayJoined = async (options: JoinOptions): Promise<void> => {
  const { self, signal, random = Math.random } = options
  const { say, sayOnly } = sayOnce(options)
  const watching = watchChanges(options, sayOnly)
  for (let round = 0; !signal.aborted; round++) {
    const seeds = await options.seeds()
    for (const host of seeds.unknown) {
      say(host, `PEER ${host} is not known on this engine nor to DNS yet`)
    }
    const { others, missing, targets } = whomToJoin(self, options.members(), seeds, random)
    sayOnly((about) => targets.includes(about) || seeds.unknown.includes(about))
    await Promise.all(targets.map((target) => joinOne(target, options, say)))
    const base =
      others.length === 0 && round < YOUNG_ROUNDS
        ? FIRST_MS
        : missing.length > 0 || others.length === 0
          ? MISSING_MS
          : QUIET_MS
    await options.wait(base * (0.85 + 0.3 * random()), signal)
  }
  await watching
}

/** A peer that joined us meanwhile is no problem any more, long before the next round. */
const watchChanges = async (
  { changes, members, signal }: JoinOptions,
  sayOnly: (holds: (about: string) => boolean) => void,
): Promise<void> => {
  for await (const _ of changes(signal)) {
    const alive = members().filter(({ status }) => status === 'alive')
    const there = new Set(alive.map(addressOf))
    sayOnly((about) => !there.has(about))
  }
}

const addressOf = ({ addr, port }: Seen): string => joinHostPort(addr, port)

/** Whom to join now: whoever is missing; one of those that are there when nobody is. */
export const whomToJoin = (
  self: string,
  members: readonly Seen[],
  { addresses, remembered }: Pick<Seeds, 'addresses' | 'remembered'>,
  random: () => number,
) => {
  const own = members.find(({ id }) => id === self)
  const alive = members.filter(({ status }) => status === 'alive')
  const others = alive.filter(({ id }) => id !== self)
  const there = new Set([...alive, ...(own ? [own] : [])].map(addressOf))
  // A node that was killed and started again is there under a new id: its old one is not missed.
  const failed = members.filter(
    ({ status, name }) => status === 'failed' && !alive.some((other) => other.name === name),
  )
  const wanted = [...addresses, ...failed.map(addressOf), ...(others.length > 0 ? [] : remembered)]
  const missing = [...new Set(wanted)].filter((address) => !there.has(address))
  const anyone = others[Math.floor(random() * others.length)]
  const targets = missing.length > 0 || !anyone ? missing : [addressOf(anyone)]
  return { others, missing, targets }
}

const joinOne = async (
  address: string,
  { join, members, log, signal, reachable = probe }: JoinOptions,
  say: (about: string, problem: string | undefined) => void,
): Promise<void> => {
  // Serf would block its connection for 10 s at an address that swallows packets.
  if (!(await reachable(address))) {
    const isThere = members().some((one) => one.status === 'alive' && addressOf(one) === address)
    return say(address, isThere ? undefined : `${address} does not answer, retrying`)
  }
  if (signal.aborted) return
  try {
    await join([address])
    log.debug({ address }, 'joined')
    say(address, undefined)
  } catch (error) {
    say(address, `join ${address}: ${describeError(error)}`)
  }
}

/** A problem is said when it arises or changes, and its end once. */
const sayOnce = ({ log, onProblem }: Pick<JoinOptions, 'log' | 'onProblem'>) => {
  const said = new Map<string, string>()
  const say = (about: string, problem: string | undefined): void => {
    if (said.get(about) === problem) return
    onProblem(about, problem)
    if (problem === undefined) {
      said.delete(about)
      log.info({ peer: about }, 'peer is not missing any more')
      return
    }
    said.set(about, problem)
    log.warn({ peer: about }, problem)
  }
  return {
    say,
    /** Ends the problems for which `holds` is false. */
    sayOnly: (holds: (about: string) => boolean): void => {
      for (const about of said.keys()) if (!holds(about)) say(about, undefined)
    },
  }
}

const probe = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const at = address.lastIndexOf(':')
    const host = address.slice(0, at).replace(/^\[|\]$/g, '')
    const port = Number(address.slice(at + 1))
    // From a token or a file, so it may be anything.
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return resolve(false)
    const socket = connect({ host, port })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(PROBE_MS, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
