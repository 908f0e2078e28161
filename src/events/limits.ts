import { EventError } from './errors.ts'

export { EventError } from './errors.ts'

/** What Serf's gossip carries in one user event: bytes of the encoded message (its default). */
export const USER_EVENT_LIMIT = 512
/** And in one query, its filters included. */
export const QUERY_LIMIT = 1024

// Serf's messageUserEvent: type byte, map header, the four keys, a Lamport time of up to 32 bits
// and the coalesce flag.
const ENVELOPE = 1 + 1 + 'xLTimexNamexPayloadxCC'.length + 5 + 1

/** Serf's msgpack of the old spec: a text or bytes take 1 byte more up to 31, 3 above. */
export const rawSize = (bytes: number): number => bytes + (bytes <= 31 ? 1 : 3)

/** The most payload bytes that an event of this name can carry. */
export const payloadRoom = (name: string): number =>
  USER_EVENT_LIMIT - ENVELOPE - rawSize(Buffer.byteLength(name)) - 3

const NAME = /^[!-~]{1,64}$/
const expectedName = 'expected 1 to 64 printable ASCII characters without spaces'

/**
 * Checks an event before Serf sees it, since Serf accepts names and sizes that it then drops.
 * Throws EventError with the limit and what was found.
 */
export const checkEvent = (name: string, payload: Uint8Array): void => {
  if (!NAME.test(name)) {
    throw new EventError('name', `event name ${shown(name)}: ${expectedName}`)
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

/** Throws EventError for what is no query's name; `_serf_` is for Serf itself. */
export const checkQueryName = (name: string): void => {
  if (NAME.test(name) && !name.startsWith('_serf_')) return
  const why = name.startsWith('_serf_') ? '_serf_ is for Serf itself' : expectedName
  throw new EventError('name', `query name ${shown(name)}: ${why}`)
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 80))

/** The most bytes that an answer of the member `id` can have; Serf's own words take the rest. */
export const answerRoom = (id: string): number => 1024 - 49 - Buffer.byteLength(id)
