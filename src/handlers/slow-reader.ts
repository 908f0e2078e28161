import type { Readable } from 'node:stream'

const WINDOW_MS = 1_000

/**
 * Reads a stream no faster than `most` in a second, measured by `weigh`: whoever floods it waits,
 * and the agent has its time for others. `onData` false ends the reading.
 */
export const readSlowly = (
  stream: Readable,
  {
    most,
    weigh,
    onData,
  }: { most: number; weigh: (chunk: Buffer) => number; onData: (chunk: Buffer) => void },
): void => {
  let began = performance.now()
  let read = 0
  stream.on('data', (chunk: Buffer) => {
    const now = performance.now()
    if (now - began >= WINDOW_MS) {
      began = now
      read = 0
    }
    read += weigh(chunk)
    onData(chunk)
    if (read < most || stream.isPaused()) return
    stream.pause()
    setTimeout(() => stream.resume(), Math.max(1, began + WINDOW_MS - now)).unref()
  })
  stream.on('error', () => {
    // The end of the process says what there is to say.
  })
}
