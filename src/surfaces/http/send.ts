import type { ServerResponse } from 'node:http'
import type { Answer } from './route.ts'

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

const SLICE = 64 * 1024

/**
 * Sends an answer. What the kernel does not take stays with us, so a reader that stalls is cut: of a
 * stream no more than one piece waits for it. Resolves when all is sent or the reader is gone.
 */
export const send = async (
  response: ServerResponse,
  { status = 200, type, headers, body = '' }: Answer,
  { withoutBody, stalledMs }: { withoutBody: boolean; stalledMs: number },
): Promise<void> => {
  const isStream = typeof body === 'object' && Symbol.asyncIterator in body
  const length = isStream || status === 204 || status === 304 ? undefined : Buffer.byteLength(body)
  response.writeHead(status, {
    ...HEADERS,
    'cache-control': 'no-store',
    ...(type !== undefined && { 'content-type': type }),
    ...(length !== undefined && { 'content-length': length }),
    ...headers,
  })
  if (withoutBody) {
    response.end()
    if (isStream) await body[Symbol.asyncIterator]().return?.()
    return settled(response, 'finish', stalledMs)
  }
  if (!isStream) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    // In slices, so that one who reads slowly is not taken for one who reads nothing.
    let at = 0
    for (; bytes.length - at > SLICE; at += SLICE) {
      if (!response.write(bytes.subarray(at, at + SLICE))) {
        await settled(response, 'drain', stalledMs)
      }
      if (response.destroyed) return
    }
    response.end(bytes.subarray(at))
    return settled(response, 'finish', stalledMs)
  }
  // The first piece may take its time; that the request was taken is told at once.
  response.flushHeaders()
  for await (const piece of body) {
    if (response.destroyed) return
    if (!response.write(piece)) await settled(response, 'drain', stalledMs)
  }
  if (response.destroyed) return
  response.end()
  return settled(response, 'finish', stalledMs)
}

/** Waits for the event or the end of the connection; a stalled one is destroyed. */
const settled = (
  response: ServerResponse,
  event: 'finish' | 'drain',
  stalledMs: number,
): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed || (event === 'finish' && response.writableFinished)) return resolve()
    const timer = setTimeout(() => response.destroy(), stalledMs)
    const done = () => {
      clearTimeout(timer)
      response.off(event, done)
      response.off('close', done)
      resolve()
    }
    response.on(event, done)
    response.on('close', done)
  })
