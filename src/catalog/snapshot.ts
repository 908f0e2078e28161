import { FIELDS, type Field } from './fields.ts'
import { type Member, type MemberStatus, type ReadMember, STATUSES } from './member.ts'
import type { WantedPorts } from './more-ports.ts'
import type { NodeInfo } from './node-info.ts'

export type Counts = Readonly<
  Record<MemberStatus, number> & {
    services: number
    /** How many members are refused, by the field that is bad. */
    refused: Readonly<Record<Field, number>>
  }
>

/** All that this node knows of the cluster at one moment; frozen. */
export type Snapshot = Readonly<{
  /** Grows by one with each change. */
  version: number
  /** The member name of this node. */
  self: string
  /** In the order of their ids. */
  members: readonly Member[]
  /** What alive and accepted members serve, in the order of their ids. */
  services: readonly NodeInfo[]
  /** Services of which only the ports in the tags are known yet. */
  incomplete: readonly WantedPorts[]
  refused: readonly Readonly<{ id: string; reason: Field }>[]
  counts: Counts
  /** Serf does not answer: this is what it last said. */
  stale: boolean
}>

/** Puts what was read of all members into one snapshot. */
export const makeSnapshot = (
  read: readonly ReadMember[],
  { version, self, stale }: { version: number; self: string; stale: boolean },
): Snapshot => {
  const sorted = [...read].sort((a, b) => (a.member.id < b.member.id ? -1 : 1))
  const members = Object.freeze(sorted.map(({ member }) => member))
  const followed = followedIds(members)
  const serving = sorted.filter(({ member }) => !followed.has(member.id))
  const services = Object.freeze(serving.flatMap(({ service }) => service ?? []))
  const incomplete = Object.freeze(serving.flatMap(({ wanted }) => wanted ?? []))
  const refused = Object.freeze(
    members.flatMap(({ id, refused }) => (refused ? Object.freeze({ id, reason: refused }) : [])),
  )
  const counts = Object.freeze({
    ...tally(
      STATUSES,
      members.map(({ status }) => status),
    ),
    services: services.length,
    refused: Object.freeze(
      tally(
        Object.keys(FIELDS) as Field[],
        refused.map(({ reason }) => reason),
      ),
    ),
  })
  return Object.freeze({ version, self, members, services, incomplete, refused, counts, stale })
}

/**
 * Members that another one has followed at the same address: Docker gives the address of a
 * killed node away at once, and Serf holds the dead one alive for seconds. Only the newest can be
 * there, so the others' names must not lead to it.
 */
const followedIds = (members: readonly Member[]): Set<string> => {
  const newest = new Map<string, { id: string; started: number }>()
  const followed = new Set<string>()
  for (const { id, addr, port, status, tags, refused } of members) {
    const started = Number(tags['timestamp'])
    // A refused one must not push out another by a false address and a start in the far future.
    if (refused || status !== 'alive' || !Number.isFinite(started)) continue
    const place = `${addr} ${port}`
    const other = newest.get(place)
    if (other && other.started >= started) followed.add(id)
    else newest.set(place, { id, started })
    if (other && other.started < started) followed.add(other.id)
  }
  return followed
}

const tally = <K extends string>(keys: readonly K[], found: readonly K[]): Record<K, number> => {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>
  for (const key of found) counts[key] += 1
  return counts
}
