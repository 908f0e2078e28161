import type { Wire } from './codec.ts'
import { SerfError } from './errors.ts'

/** A command that is answered once. A missing `request` or `response` means: no body there. */
export type Command<Request, Response> = {
  name: string
  /** The body sent; throws SerfError `refused` for what Serf would close the connection over. */
  request?: (request: Request) => Wire
  /** Reads the body of the answer, which comes after an error text too. */
  response?: (body: unknown) => Response
  /** What Serf itself may take on top of an ordinary answer. */
  slowMs?: number
  /** An error text of this command may heal by itself (a peer is down, a member did not answer). */
  heals?: boolean
  /** What to tell of the answer's body in the error, when Serf sends one with an error text. */
  facts?: (response: Response) => Record<string, unknown>
  /** Why Serf may close the connection instead of answering. */
  closedBecause?: string
}

/** A command whose answer is followed by records. */
export type StreamCommand<Request, Item> = {
  name: string
  request: (request: Request) => Wire
  /** Undefined for a record that means nothing. */
  record: (body: unknown) => Item | undefined
  /** Whether this record ends the stream; without it only `stop` or the connection's end does. */
  isLast?: (item: Item) => boolean
}

/** A payload to send; a text goes as UTF-8. */
export type Payload = Uint8Array | string

/** Bytes, so that it goes as `bin`; nil for none, as Serf's own `_serf_ping` demands. */
export const wirePayload = (payload: Payload | undefined): Uint8Array | null => {
  if (payload === undefined) return null
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
}

/** Go closes the connection when a number does not fit its type, so look first. */
export const wireCount = (what: string, value: number, max: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new SerfError('refused', `${what}: expected a whole number from 0 to ${max}`, {
    facts: { value },
  })
}
