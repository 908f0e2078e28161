import { HttpError } from './http-error.ts'

export type ShownPayload = { payload: string } | { payload_base64: string }

/** Bytes as text where they are text, else as base64. */
export const shownPayload = (bytes: Uint8Array): ShownPayload => {
  try {
    return { payload: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { payload_base64: Buffer.from(bytes).toString('base64') }
  }
}

/** The bytes of a body's `payload` (a text as it is, other JSON as its text) or `payload_base64`. */
export const givenPayload = (body: Readonly<Record<string, unknown>>): Uint8Array => {
  const { payload, payload_base64: base64 } = body
  if (base64 === undefined) {
    if (payload === undefined) return new Uint8Array()
    return Buffer.from(typeof payload === 'string' ? payload : textOf(payload))
  }
  if (payload !== undefined) {
    throw new HttpError('json', 'payload and payload_base64 are both given; keep one')
  }
  const legal = typeof base64 === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(base64)
  if (!legal) throw new HttpError('json', 'payload_base64: expected base64')
  return Buffer.from(base64, 'base64')
}

// What was parsed can be nested deeper than it can be written.
const textOf = (payload: unknown): string => {
  try {
    return JSON.stringify(payload)
  } catch (error) {
    throw new HttpError('json', 'payload: is nested too deep', { cause: error })
  }
}
