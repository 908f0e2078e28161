import { DockerError } from './errors.ts'
import type { OutputChunk } from './logs.ts'
import { garbled } from './wire-errors.ts'

const HEADER = 8
const FRAME_CAP = 16 << 20
const STREAMS = ['stdin', 'stdout', 'stderr', 'system error']

/**
 * Takes apart the engine's multiplexed output, the bytes cut anywhere.
 *
 *   [stream: 1 byte] [0 0 0] [length: 4 bytes, big endian] [length bytes]
 *
 * A frame's parts are handed on as they come. Stream 3 carries the engine's own failure.
 */
export async function* demux(
  bytes: AsyncIterable<Buffer>,
  deed: string,
): AsyncGenerator<OutputChunk, void, undefined> {
  let header = Buffer.alloc(0)
  let frame: { stream: string; left: number } | undefined

  for await (const chunk of bytes) {
    for (let rest = chunk; rest.length > 0; ) {
      if (!frame) {
        const take = rest.subarray(0, HEADER - header.length)
        header = Buffer.concat([header, take])
        rest = rest.subarray(take.length)
        if (header.length < HEADER) break
        frame = readHeader(header, deed)
        header = Buffer.alloc(0)
      }
      const data = rest.subarray(0, frame.left)
      rest = rest.subarray(data.length)
      frame.left -= data.length
      const { stream, left } = frame
      if (left === 0) frame = undefined
      if (data.length === 0) continue
      if (stream === 'system error') throw new DockerError('server', `${deed}: ${data.toString()}`)
      if (stream === 'stderr') yield { stream, data }
      else yield { stream: 'stdout', data }
    }
  }
  if (frame || header.length > 0) throw garbled(deed, 'the output is cut off within a frame', '')
}

const readHeader = (header: Buffer, deed: string): { stream: string; left: number } => {
  const stream = STREAMS[header.readUInt8(0)]
  const left = header.readUInt32BE(4)
  if (!stream || header.readUIntBE(1, 3) !== 0 || left > FRAME_CAP) {
    throw garbled(deed, 'the output has no frames', header.toString('hex'))
  }
  return { stream, left }
}

/** The one stream of a terminal. */
export async function* raw(
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<OutputChunk, void, undefined> {
  for await (const data of bytes) yield { stream: 'stdout', data }
}
