import type { Writable } from 'node:stream'

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }
export type Style = keyof typeof STYLES

/** One of the two outputs of a command, with what it can show. */
export type Screen = {
  isTty: boolean
  /** Where lines are cut, in columns, as it is now; undefined: not a terminal, nothing is cut. */
  readonly columns: number | undefined
  /** Lines of the terminal, as it is now. */
  readonly rows: number | undefined
  write(text: string): void
  line(text?: string): void
  /** `text` in `style`, or as it is where colours are not wanted. */
  paint(style: Style | undefined, text: string): string
  /** Calls `listener` when the terminal has another size, until the signal aborts. */
  onResize(listener: () => void, signal: AbortSignal): void
}

type Output = Writable & { isTTY?: boolean; columns?: number; rows?: number }

const columnsOf = (output: Output, env: NodeJS.ProcessEnv): number | undefined => {
  const asked = Number(env['COLUMNS'])
  if (Number.isInteger(asked) && asked > 0) return asked
  // A terminal may not know its size and says 0, as one without a window does inside a container.
  return output.isTTY ? output.columns || 80 : undefined
}

/**
 * An output seen through the environment: NO_COLOR and FORCE_COLOR as everywhere, COLUMNS beats
 * the terminal's own width.
 */
export const createScreen = (output: Output, env: NodeJS.ProcessEnv): Screen => {
  const isTty = output.isTTY === true
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0'
  const colours = (env['NO_COLOR'] ?? '') === '' && (forced || (isTty && env['TERM'] !== 'dumb'))
  return {
    isTty,
    get columns() {
      return columnsOf(output, env)
    },
    get rows() {
      return output.rows || undefined
    },
    write: (text) => void output.write(text),
    line: (text = '') => void output.write(`${text}\n`),
    paint: (style, text) =>
      colours && style && text ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text,
    onResize: (listener, signal) => {
      output.on('resize', listener)
      signal.addEventListener('abort', () => output.off('resize', listener), { once: true })
    },
  }
}
