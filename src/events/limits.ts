import { SerfnodeError } from '../lib/errors.ts'

/** What Serf's gossip carries in one user event: bytes of the encoded message (its default). */
export const USER_EVENT_LIMIT = 512

// Serf's messageUserEvent: type byte, map header, the four keys, a Lamport time of up to 32 bits
// and the coalesce flag.
const ENVELOPE = 1 + 1 + 'xLTimexNamexPayloadxCC'.length + 5 + 1

const rawSize = (bytes: number): number => bytes + (bytes <= 31 ? 1 : 3)

export class EventError extends SerfnodeError<'name' | 'payload-size' | 'payload'> {}

/** The most payload bytes that an event of this name can carry. */
export const payloadRoom = (name: string): number =>
  USER_EVENT_LIMIT - ENVELOPE - rawSize(Buffer.byteLength(name)) - 3

/**
 * Checks an event before Serf sees it, since Serf accepts names and sizes that it then drops.
 * Throws EventError with the limit and what was found.
 */
export const checkEvent = (name: string, payload: Uint8Array): void => {
  if (!/^[!-~]{1,64}$/.test(name)) {
    throw new EventError(
      'name',
      `event name ${JSON.stringify(name.slice(0, 80))}: expected 1 to 64 printable ASCII characters without spaces`,
    )
  }
  const room = payloadRoom(name)
  if (payload.length > room) {
    throw new EventError(
      'payload-size',
      `event ${name}: the payload has ${payload.length} bytes, at most ${room} fit with this name`,
      { facts: { bytes: payload.length, limit: room } },
    )
  }
}
