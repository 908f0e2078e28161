import type { Member } from './member.ts'

export type MemberChangeType =
  | 'member-join'
  | 'member-leave'
  | 'member-failed'
  | 'member-update'
  | 'member-reap'

/**
 * What changed, in Serf's words. `snapshot` says only: look at the snapshot; it stands for
 * changes too many to list, and for a catalog that became stale or fresh.
 */
export type Change = Readonly<{ type: MemberChangeType; member: Member } | { type: 'snapshot' }>

const ENTERED: Partial<Record<Member['status'], MemberChangeType>> = {
  alive: 'member-join',
  left: 'member-leave',
  failed: 'member-failed',
}

/**
 * The change between two sights of one member. Serf tells of `left`, not of `leaving`, so that
 * is an update, and so is coming back from it.
 */
export const changeOf = (before: Member | undefined, after: Member | undefined): Change | null => {
  if (before === after) return null
  if (!after) return before ? { type: 'member-reap', member: before } : null
  return { type: changeTypeOf(before?.status, after.status), member: after }
}

/** What it is when something of a member changed that is still on the list. */
export const changeTypeOf = (
  before: Member['status'] | undefined,
  after: Member['status'],
): MemberChangeType => {
  const returned = before === 'leaving' && after === 'alive'
  const entered = before === after || returned ? undefined : ENTERED[after]
  return entered ?? 'member-update'
}
