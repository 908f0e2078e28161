import type { Readable } from 'node:stream'
import type { Logger } from '../lib/log.ts'
import { readSlowly } from './slow-reader.ts'

const LINES_EACH_SECOND = 20
const LINE_LIMIT = 1_000
const BYTES_EACH_SECOND = 1024 * 1024

/** Puts a line of a handler into the node's log, 20 in a second; the others as a number. */
export const sayLines = (handler: string, log: Logger) => {
  let began = performance.now()
  let said = 0
  let more = 0
  return (stream: string, line: string): void => {
    if (line.trim() === '') return
    if (performance.now() - began >= 1_000) {
      if (more > 0) log.warn({ handler, lines: more }, 'handler prints too much: lines left out')
      began = performance.now()
      said = 0
      more = 0
    }
    if (said++ < LINES_EACH_SECOND) {
      log.info({ handler, [stream]: line.slice(0, LINE_LIMIT) }, 'handler said')
    } else more++
  }
}

export type SayLine = ReturnType<typeof sayLines>

/** Says what a module prints, a line at a time; no more than 1 MB in a second is read at all. */
export const sayOutput = (
  streams: Readonly<Record<'stdout' | 'stderr', Readable>>,
  say: SayLine,
): void => {
  for (const [name, stream] of Object.entries(streams)) {
    let rest = ''
    readSlowly(stream, {
      most: BYTES_EACH_SECOND,
      weigh: (chunk) => chunk.length,
      onData: (chunk) => {
        const lines = (rest + chunk.toString('utf8')).split('\n')
        rest = (lines.pop() ?? '').slice(0, LINE_LIMIT)
        for (const line of lines) say(name, line)
      },
    })
    stream.once('end', () => say(name, rest))
  }
}
