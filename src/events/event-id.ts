import { createHash } from 'node:crypto'

/** Eight hex digits of what a user event or query says. */
export const contentHash = (name: string, payload: Uint8Array): string =>
  createHash('sha256').update(name).update('\0').update(payload).digest('hex').slice(0, 8)

/** The same on every node: Serf repeats an event with its Lamport time, name and payload. */
export const eventId = (ltime: number, hash: string): string => `${ltime}-${hash}`
