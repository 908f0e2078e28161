import type { Context } from './command.ts'
import type { Screen } from './screen.ts'
import { cut } from './text-width.ts'

// The alternate screen, without a cursor, cutting long lines; what was there before comes back.
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** Ctrl-C and Ctrl-D are keys too while the terminal hands over each key as it is. */
const QUIT = ['q', 'Q', '\x03', '\x04']

/**
 * One frame as a single write: each line over the one that was there, so that nothing flickers.
 * What has no room is left out, and the last line says so.
 */
export const frameOf = (text: string, { columns = 80, rows = 24 }: Partial<Screen>): string => {
  const lines = text.replace(/\n$/, '').split('\n')
  const over = lines.length - rows
  const shown =
    over > 0 ? [...lines.slice(0, rows - 1), cut(`… ${over + 1} more lines`, columns)] : lines
  return `${HOME}${shown.map((line) => CLEAR_LINE + line).join('\r\n')}${CLEAR_BELOW}`
}

/**
 * Calls `show` with a terminal of its own, as it was left before however this ends: by `show`, by
 * q or Ctrl-C, or by the signal.
 */
export const withTerminal = async (
  { stdin, out, signal }: Pick<Context, 'stdin' | 'out' | 'signal'>,
  show: (draw: (text: string) => void, quit: AbortSignal) => Promise<void>,
): Promise<void> => {
  const quit = new AbortController()
  const until = AbortSignal.any([signal, quit.signal])
  const isRaw = stdin.isTTY === true && stdin.setRawMode !== undefined
  if (isRaw) stdin.setRawMode?.(true)
  out.write(ENTER)
  try {
    if (isRaw) void untilQuit(stdin).then(() => quit.abort())
    await show((text) => out.write(frameOf(text, out)), until)
  } finally {
    quit.abort()
    out.write(LEAVE)
    if (isRaw) stdin.setRawMode?.(false)
  }
}

const untilQuit = async (stdin: Context['stdin']): Promise<void> => {
  for await (const keys of stdin) {
    const typed = Buffer.from(keys).toString('latin1')
    if (QUIT.some((key) => typed.includes(key))) return
  }
}
