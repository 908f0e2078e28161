import { DecodeError, Decoder, encode } from '@msgpack/msgpack'
import { SerfError } from './errors.ts'

/** What goes into a request: plain data, payloads as bytes. */
export type Wire = { readonly [field: string]: unknown }

/** The header and, for commands that have one, the body: two msgpack values, no frame around. */
export const encodeRequest = (command: string, seq: number, body?: Wire): Uint8Array => {
  const header = encode({ Command: command, Seq: seq })
  return body === undefined ? header : Buffer.concat([header, encode(body)])
}

/**
 * Every map key is decoded with this in front of it. Tags come from other members, so a key may
 * be `__proto__` (which the library refuses, and the connection would go with it) or
 * `constructor`.
 */
export const KEY_MARK = ':'

const text = new TextDecoder('utf-8', { ignoreBOM: true })

/** Bad UTF-8 becomes U+FFFD: one member's name must not end the connection. */
export const decodeText = (bytes: Uint8Array): string => text.decode(bytes)

// A whole reply is held in memory. 32 MiB are some 40 000 members with all the tags Serf allows;
// no single text or payload comes near 1 MiB.
const MAX_VALUE_BYTES = 32 * 2 ** 20
const MAX_BYTES = 2 ** 20
const MAX_ITEMS = 100_000

const options = {
  // Texts as bytes: builds of Serf with the old msgpack send payloads and addresses as `str`.
  rawStrings: true,
  maxStrLength: MAX_BYTES,
  maxBinLength: MAX_BYTES,
  maxExtLength: MAX_BYTES,
  maxArrayLength: MAX_ITEMS,
  maxMapLength: MAX_ITEMS,
  keyDecoder: {
    canBeCached: () => true,
    decode: (bytes: Uint8Array, offset: number, length: number) =>
      KEY_MARK + decodeText(bytes.subarray(offset, offset + length)),
  },
}

/**
 * The msgpack values in a stream of bytes cut anywhere. Texts and payloads are both views of
 * bytes (copy what you keep), map keys carry `KEY_MARK`. Throws SerfError `malformed` on what is
 * not msgpack or too large, and whatever `source` throws; a value cut off by the end is dropped.
 */
export async function* decodeValues(
  source: AsyncIterable<Uint8Array>,
  maxValueBytes = MAX_VALUE_BYTES,
): AsyncGenerator<unknown, void, undefined> {
  let held = 0
  const counted = async function* () {
    for await (const chunk of source) {
      held += chunk.length
      if (held > maxValueBytes) {
        throw new SerfError('malformed', `read from serf: a value over ${maxValueBytes} bytes`)
      }
      yield chunk
    }
  }
  try {
    for await (const value of new Decoder(options).decodeStream(counted())) {
      held = 0
      yield value
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new SerfError('malformed', 'read from serf: not msgpack', { cause: error })
  }
}
