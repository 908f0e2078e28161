import type { NodeEvent } from '../events/types.ts'
import type { Job } from './types.ts'

export const QUEUE_LIMIT = 1_000
/** Members in waiting events, all together; merging must not grow without end either. */
const MEMBERS_LIMIT = 10_000

/**
 * What waits for one handler. Member events of one type that wait behind each other become one,
 * as Serf does it; the last word on a member counts.
 */
export const createQueue = ({ limit = QUEUE_LIMIT, membersLimit = MEMBERS_LIMIT } = {}) => {
  let waiting: Job[] = []
  let members = 0

  return {
    get size(): number {
      return waiting.length
    },
    /** False when there is no room: the event is lost for this handler. */
    push: (job: Job): boolean => {
      const last = waiting.at(-1)
      const merged = last && merge(last, job)
      const more = membersOf(merged ?? job) - (merged ? membersOf(last) : 0)
      // A list that is longer than all the room has to get in at least when nobody waits.
      const fits = more <= 0 || waiting.length === 0 || members + more <= membersLimit
      if (!fits || (!merged && waiting.length >= limit)) return false
      if (merged) waiting[waiting.length - 1] = merged
      else waiting.push(job)
      members += more
      return true
    },
    shift: (): Job | undefined => {
      const job = waiting.shift()
      if (job) members -= membersOf(job)
      return job
    },
    /** Takes all that waits. */
    clear: (): Job[] => {
      const all = waiting
      waiting = []
      members = 0
      return all
    },
  }
}

const membersOf = ({ event }: Job): number => ('members' in event ? event.members.length : 0)

const merge = (before: Job, after: Job): Job | undefined => {
  // Members that flap behind a handler that hangs are few, and their events are many.
  if (before.ids.length >= QUEUE_LIMIT) return undefined
  const [a, b] = [before.event, after.event]
  if (!('members' in a) || !('members' in b) || a.type !== b.type) return undefined
  const members = new Map([...a.members, ...b.members].map((member) => [member.id, member]))
  const event: NodeEvent = { ...b, members: [...members.values()] }
  return { event, ids: [...before.ids, ...after.ids] }
}
