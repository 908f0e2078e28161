import type { Readable } from 'node:stream'
import type { Logger } from '../lib/log.ts'
import { readSlowly } from './slow-reader.ts'

const LINES_EACH_SECOND = 20
const LINE_LIMIT = 1_000
const BYTES_EACH_SECOND = 1024 * 1024

/**
 * Puts what a module prints into the node's log: lines of at most 1,000 characters, 20 in a second,
 * the others as a number. No more than 1 MB in a second is read at all.
 */
export const sayOutput = (
  streams: Readonly<Record<'stdout' | 'stderr', Readable>>,
  { handler, log }: { handler: string; log: Logger },
): void => {
  let began = performance.now()
  let said = 0
  let more = 0
  const say = (stream: string, line: string): void => {
    if (line.trim() === '') return
    if (performance.now() - began >= 1_000) {
      if (more > 0) log.warn({ handler, lines: more }, 'handler prints too much: lines left out')
      began = performance.now()
      said = 0
      more = 0
    }
    if (said++ < LINES_EACH_SECOND) log.info({ handler, [stream]: line }, 'handler said')
    else more++
  }
  for (const [name, stream] of Object.entries(streams)) {
    let rest = ''
    readSlowly(stream, {
      most: BYTES_EACH_SECOND,
      weigh: (chunk) => chunk.length,
      onData: (chunk) => {
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = (lines.pop() ?? '').slice(0, LINE_LIMIT)
        for (const line of lines) say(name, line.slice(0, LINE_LIMIT))
      },
    })
    stream.once('end', () => say(name, rest))
  }
}
