import { changeTypeOf, type MemberChangeType } from '../catalog/change.ts'
import type { Member } from '../catalog/member.ts'
import type { Snapshot } from '../catalog/snapshot.ts'
import type { MemberEvent } from './types.ts'

export type TellMembersOptions = {
  catalog: { snapshot(): Snapshot; changes(signal: AbortSignal): AsyncIterable<unknown> }
  /** Members as they were told last, by their ids; `tell` changes it. */
  told(): ReadonlyMap<string, Member>
  tell(event: MemberEvent): void
  signal: AbortSignal
}

const ORDER: readonly MemberChangeType[] = [
  'member-join',
  'member-update',
  'member-leave',
  'member-failed',
  'member-reap',
]

/**
 * Tells the changes of the catalog as events, those of one moment together, until the signal aborts.
 * What was told last is compared with what is now, and not change by change: so an agent that was
 * restarted, or is slow, tells what really changed meanwhile.
 */
export const tellMembers = async (options: TellMembersOptions): Promise<void> => {
  const { catalog, told, tell, signal } = options
  const look = (): void => {
    const { version, members } = catalog.snapshot()
    // Before the first list nothing is known, which is not the same as nobody being there.
    if (version > 0) for (const event of memberEvents(told(), members)) tell(event)
  }
  // Before the first look: a change between the two would be missed.
  const changes = catalog.changes(signal)
  look()
  for await (const _ of changes) look()
}

/** What changed between the members that were told and those that are there now. */
export const memberEvents = (
  told: ReadonlyMap<string, Member>,
  members: readonly Member[],
): MemberEvent[] => {
  const changed = new Map<MemberChangeType, Member[]>(ORDER.map((type) => [type, []]))
  const here = new Set<string>()
  for (const member of members) {
    here.add(member.id)
    const before = told.get(member.id)
    if (before && isSame(before, member)) continue
    changed.get(changeTypeOf(before?.status, member.status))?.push(member)
  }
  for (const member of told.values()) {
    if (!here.has(member.id)) changed.get('member-reap')?.push(member)
  }
  return [...changed].flatMap(([type, some]) => (some.length > 0 ? [{ type, members: some }] : []))
}

const isSame = (a: Member, b: Member): boolean =>
  a === b ||
  (a.status === b.status &&
    a.addr === b.addr &&
    a.port === b.port &&
    a.refused === b.refused &&
    sameTags(a.tags, b.tags))

const sameTags = (a: Member['tags'], b: Member['tags']): boolean => {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  )
}
