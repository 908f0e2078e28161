import { type Change, changeOf } from '../../catalog/change.ts'
import type { Snapshot } from '../../catalog/snapshot.ts'

/** What made one version of the catalog of the one seen before. */
export type Step = { version: number; text: string }

const MOST_STEPS = 1_000
const MOST_CHARS = 1_000_000
/** More at once are not listed: whoever follows reads the list of members anew. */
const MOST_CHANGES = 200

/**
 * The catalog's last changes, kept once for all who follow it: a reader is only a version, so a slow
 * one costs no memory and is told when what it has missed is gone.
 */
export const createJournal = (snapshot: () => Snapshot, indexOf: (version: number) => string) => {
  let seen = snapshot()
  /** Everything after this version is in `steps`. */
  let from = seen.version
  let steps: Step[] = []
  let chars = 0

  const forgetUntil = (version: number): void => {
    from = version
    steps = []
    chars = 0
  }
  const look = (): void => {
    const now = snapshot()
    if (now === seen) return
    const changes = changesBetween(seen, now)
    seen = now
    const { version, stale } = now
    if (changes.length > MOST_CHANGES) {
      forgetUntil(version)
      return
    }
    const text = JSON.stringify({ index: indexOf(version), stale, changes })
    steps.push({ version, text })
    chars += text.length
    while (steps.length > MOST_STEPS || chars > MOST_CHARS) {
      const oldest = steps.shift()
      if (!oldest) return
      from = oldest.version
      chars -= oldest.text.length
    }
  }
  return {
    look,
    version: (): number => seen.version,
    /** The steps after `version`; undefined when they are not known (any more). */
    since: (version: number): readonly Step[] | undefined => {
      look()
      if (version < from || version > seen.version) return undefined
      return version === seen.version ? [] : steps.filter((step) => step.version > version)
    },
  }
}

export type Journal = ReturnType<typeof createJournal>

const changesBetween = (before: Snapshot, after: Snapshot): Change[] => {
  const old = new Map(before.members.map((member) => [member.id, member]))
  const changes: Change[] = []
  for (const member of after.members) {
    const change = changeOf(old.get(member.id), member)
    old.delete(member.id)
    if (change) changes.push(change)
  }
  for (const gone of old.values()) changes.push({ type: 'member-reap', member: gone })
  return changes
}
