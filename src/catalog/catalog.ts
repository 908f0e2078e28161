import { type Change, changeOf } from './change.ts'
import { createFeed } from './feed.ts'
import { type ListedMember, type ReadMember, readMember } from './member.ts'
import { makeSnapshot, type Snapshot } from './snapshot.ts'

export type { Change } from './change.ts'
export type { ListedMember, Member, MemberStatus } from './member.ts'
export type { NodeInfo, Ports } from './node-info.ts'
export type { Snapshot } from './snapshot.ts'

/** All that a node knows of the cluster: one truth, from which every surface is derived. */
export type Catalog = {
  /** Takes Serf's whole list of members; whoever is not on it is gone. Makes it fresh again. */
  apply(members: readonly ListedMember[]): void
  /** Serf does not answer: what is known stays, and is marked. */
  markStale(): void
  /** The same frozen object as long as nothing changes. */
  snapshot(): Snapshot
  /** Changes from now on, until `signal` aborts; a slow reader gets `snapshot` instead of many. */
  changes(signal: AbortSignal): AsyncIterable<Change>
}

type Known = { listed: ListedMember; read: ReadMember }

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

  return {
    apply: (members) => {
      const next = new Map(members.map((listed) => [listed.name, look(listed, known)]))
      const changes = changesBetween(known, next)
      known = next
      if (changes.length > 0) become(false, changes)
      else if (current.stale) become(false, [LOOK])
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
  if (before && same(before.listed, listed)) return before
  return { listed: { ...listed, tags: { ...listed.tags } }, read: readMember(listed) }
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
): Change[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap(
    (name) => changeOf(before.get(name)?.read.member, after.get(name)?.read.member) ?? [],
  )
