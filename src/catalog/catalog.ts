import { type Change, changeOf } from './change.ts'
import { createFeed } from './feed.ts'
import { type ListedMember, type ReadMember, readMember } from './member.ts'
import type { WantedPorts } from './more-ports.ts'
import type { Ports } from './node-info.ts'
import { makeSnapshot, type Snapshot } from './snapshot.ts'

export type { Change } from './change.ts'
export type { ListedMember, Member, MemberStatus } from './member.ts'
export type { WantedPorts } from './more-ports.ts'
export type { NodeInfo, Ports } from './node-info.ts'
export type { Snapshot } from './snapshot.ts'

/** All that a node knows of the cluster: one truth, from which every surface is derived. */
export type Catalog = {
  /** Takes Serf's whole list of members; whoever is not on it is gone. Makes it fresh again. */
  apply(members: readonly ListedMember[]): void
  /** What Serf lists under just these names: the others stay, a name that is not listed is gone. */
  update(names: readonly string[], members: readonly ListedMember[]): void
  /** All ports of an incomplete service; without effect when they are not its present ones. */
  learn(wanted: WantedPorts, ports: Ports): void
  /**
   * Who was at these addresses until this unix second is dead, whatever Serf says until it has
   * found out: shown as `failed`.
   */
  bury(addresses: readonly string[], until: number): void
  /** Serf does not answer: what is known stays, and is marked. */
  markStale(): void
  /** The same frozen object as long as nothing changes. */
  snapshot(): Snapshot
  /** Changes from now on, until `signal` aborts; a slow reader gets `snapshot` instead of many. */
  changes(signal: AbortSignal): AsyncIterable<Change>
}

/** `learnt` outlives a time in which the service is hidden, so that nobody has to ask again. */
type Known = { listed: ListedMember; read: ReadMember; learnt?: Learnt }
type Learnt = { digest: string; ports: Ports }

const LOOK: Change = Object.freeze({ type: 'snapshot' })

/** An empty catalog; it is stale until the first list is applied. */
export const createCatalog = ({ self }: { self: string }): Catalog => {
  const feed = createFeed<Change>({ limit: 256, instead: LOOK })
  let known = new Map<string, Known>()
  let current = makeSnapshot([], { version: 0, self, stale: true })

  const become = (stale: boolean, changes: readonly Change[]): void => {
    const read = [...known.values()].map((each) => each.read)
    current = makeSnapshot(read, { version: current.version + 1, self, stale })
    feed.publish(changes)
  }

  const buried = new Set<string>()
  const take = (members: readonly ListedMember[], stale: boolean): void => {
    const next = new Map(members.map((one) => [one.name, see(one)]))
    settle(next, new Set([...known.keys(), ...next.keys()]), stale)
  }
  const settle = (next: Map<string, Known>, names: Iterable<string>, stale: boolean): void => {
    const changes = changesBetween(known, next, names)
    known = next
    if (changes.length > 0) become(stale, changes)
    else if (current.stale !== stale) become(stale, [LOOK])
  }
  const isBuried = ({ name, status }: ListedMember) => status === 'alive' && buried.has(name)
  const see = (one: ListedMember): Known =>
    look(isBuried(one) ? { ...one, status: 'failed' } : one, known)

  return {
    apply: (members) => {
      const alive = new Set(members.filter(isBuried).map(({ name }) => name))
      for (const id of buried) if (!alive.has(id)) buried.delete(id)
      take(members, false)
    },
    update: (names, members) => {
      const next = new Map(known)
      for (const name of names) next.delete(name)
      for (const one of members) if (names.includes(one.name)) next.set(one.name, see(one))
      settle(next, new Set(names), current.stale)
    },
    bury: (addresses, until) => {
      const members = [...known.values()].map(({ listed }) => listed)
      for (const { name, addr, tags } of members) {
        if (name === self || !addresses.includes(addr)) continue
        // A later one may have the address already.
        if (Number(tags['timestamp']) < until) buried.add(name)
      }
      take(members, current.stale)
    },
    learn: ({ id, digest }, ports) => {
      const before = known.get(id)
      if (!before || before.read.wanted?.digest !== digest) return
      known.set(id, complete(before, { digest, ports }))
      become(current.stale, [{ type: 'member-update', member: before.read.member }])
    },
    markStale: () => {
      if (!current.stale) become(true, [LOOK])
    },
    snapshot: () => current,
    changes: (signal) => feed.read(signal),
  }
}

// An unchanged member keeps its objects, so that `===` tells change. The list is copied: the
// caller may use its own again.
const look = (listed: ListedMember, known: ReadonlyMap<string, Known>): Known => {
  const before = known.get(listed.name)
  if (before && (before.listed === listed || same(before.listed, listed))) return before
  const now = { listed: { ...listed, tags: { ...listed.tags } }, read: readMember(listed) }
  return before?.learnt ? complete(now, before.learnt) : now
}

const complete = ({ listed, read }: Known, learnt: Learnt): Known => {
  const { member, service, wanted } = read
  if (!service || wanted?.digest !== learnt.digest) return { listed, read, learnt }
  const whole = Object.freeze({ ...service, ports: Object.freeze(learnt.ports) })
  return { listed, read: { member, service: whole }, learnt }
}

const same = (a: ListedMember, b: ListedMember): boolean => {
  const keys = Object.keys(b.tags ?? {})
  return (
    a.status === b.status &&
    a.addr === b.addr &&
    a.port === b.port &&
    keys.length === Object.keys(a.tags).length &&
    keys.every((key) => Object.hasOwn(a.tags, key) && a.tags[key] === b.tags[key])
  )
}

const changesBetween = (
  before: ReadonlyMap<string, Known>,
  after: ReadonlyMap<string, Known>,
  names: Iterable<string>,
): Change[] =>
  [...names].flatMap(
    (name) => changeOf(before.get(name)?.read.member, after.get(name)?.read.member) ?? [],
  )
