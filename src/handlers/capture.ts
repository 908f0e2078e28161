import type { Readable } from 'node:stream'

/** The beginning and the end of what a stream said; how much it was in all. */
export type Captured = { head: Buffer; tail: Buffer; bytes: number }

/**
 * Reads a stream to its end and keeps little of it: `headBytes` of its beginning, and of the rest
 * the last `tailBytes`. `onFlood` is called once when more than `floodBytes` came.
 */
export const capture = (
  stream: Readable,
  {
    headBytes,
    tailBytes = 0,
    floodBytes,
    onFlood,
  }: { headBytes: number; tailBytes?: number; floodBytes: number; onFlood: () => void },
) => {
  const head: Buffer[] = []
  let tail = Buffer.alloc(0)
  let bytes = 0
  let kept = 0
  stream.on('data', (chunk: Buffer) => {
    const before = bytes
    bytes += chunk.length
    if (before <= floodBytes && bytes > floodBytes) onFlood()
    const forHead = chunk.subarray(0, headBytes - kept)
    if (forHead.length > 0) {
      kept += forHead.length
      // A copy: the chunk may be a window on a buffer of 64 KB.
      head.push(Buffer.from(forHead))
    }
    const rest = chunk.subarray(forHead.length)
    if (tailBytes === 0 || rest.length === 0) return
    tail = Buffer.concat([tail, rest.subarray(-tailBytes)])
    tail = Buffer.from(tail.subarray(-tailBytes))
  })
  // A pipe that breaks is an end like any other.
  stream.on('error', () => {})
  return (): Captured => ({ head: Buffer.concat(head), tail, bytes })
}

/** The longest beginning of `text` within `limit` bytes that does not cut a character. */
export const cutText = (text: Uint8Array, limit: number): Uint8Array => {
  if (text.length <= limit) return text
  let end = Math.max(0, limit)
  while (end > 0 && ((text[end] ?? 0) & 0xc0) === 0x80) end--
  return text.subarray(0, end)
}

const SAYS_WHY = /^(FATAL ERROR|(\w+\.)*\w*(Error|Exception)\b)/

/** For a message: the line that names an error, else the last lines that say something. */
export const lastWords = ({ head, tail }: Captured, limit = 400): string => {
  const text = Buffer.concat([head, tail]).toString('utf8')
  const said = text.split('\n').flatMap((line) => line.trim() || [])
  const why = said.findLast((line) => SAYS_WHY.test(line))
  return why?.slice(0, limit) ?? said.slice(-4).join(' | ').slice(-limit)
}
