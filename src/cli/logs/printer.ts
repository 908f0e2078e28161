import type { LogLine } from '../../docker/log-lines.ts'
import { printable } from '../printable.ts'
import type { Screen, Style } from '../screen.ts'
import { cutMiddle } from '../text-width.ts'
import { renderAgentLine } from './log-line.ts'
import type { LogSource } from './sources.ts'

/** A line of a log with where it is from. */
export type Line = LogLine & { source: LogSource }

const PREFIX_STYLES: Style[] = ['cyan', 'yellow', 'green', 'magenta', 'blue']

const nameOf = ({ node, child }: LogSource): string =>
  child === undefined ? node : `${node}/${child}`

/** Prints lines with their origin, unless they are `only` of one container. */
export const createPrinter = (
  { out }: { out: Screen },
  { timestamps, json }: { timestamps?: boolean; json?: boolean },
  only: boolean,
) => {
  const styles = new Map<string, Style | undefined>()
  let width = 0
  return {
    /** Prefixes are as wide as the widest name known, and leave most of a terminal to the text. */
    announce(source: LogSource): void {
      const name = nameOf(source)
      const most = out.columns === undefined ? name.length : Math.floor(out.columns / 3)
      width = Math.max(width, Math.min(most, name.length))
      if (!styles.has(name)) styles.set(name, PREFIX_STYLES[styles.size % PREFIX_STYLES.length])
    },
    print({ source, stream, time, text }: Line): void {
      const { node, child } = source
      if (json) {
        const facts = { node, ...(child !== undefined && { child }), stream, time, line: text }
        out.line(JSON.stringify(facts))
        return
      }
      const name = nameOf(source)
      const prefix = only
        ? ''
        : out.paint(styles.get(name), `${cutMiddle(printable(name), width).padEnd(width)} | `)
      const stamp = timestamps && time ? `${time} ` : ''
      // Colours of the programs themselves are no harm on a terminal that shows colours anyway.
      const shown = child === undefined ? renderAgentLine(text, out) : printable(text)
      out.line(`${prefix}${stamp}${shown}`)
    },
  }
}
