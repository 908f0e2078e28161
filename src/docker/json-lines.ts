import { garbled } from './wire-errors.ts'

const LINE_CAP = 4 << 20

/**
 * The JSON objects of a stream, one a line, the bytes cut anywhere. A rest without a newline is
 * taken when it is whole; a cut one is `malformed`, as is what is no JSON.
 */
export async function* jsonLines(
  bytes: AsyncIterable<Buffer>,
  deed: string,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const parse = (line: string): Record<string, unknown> => {
    try {
      const value = JSON.parse(line)
      if (typeof value === 'object' && value !== null) return value
    } catch (error) {
      throw garbled(deed, 'a line is cut off or not JSON', line, error)
    }
    throw garbled(deed, 'a line is no JSON object', line)
  }

  // Split as bytes: a character may be cut, a newline byte is never part of another one.
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, at)]).toString('utf8')
      parts = []
      size = 0
      from = at + 1
      if (line.trim() !== '') yield parse(line)
    }
    if (from === chunk.length) continue
    parts.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > LINE_CAP) throw garbled(deed, `a line is longer than ${LINE_CAP} bytes`, '')
  }
  const rest = Buffer.concat(parts).toString('utf8')
  if (rest.trim() !== '') yield parse(rest)
}
