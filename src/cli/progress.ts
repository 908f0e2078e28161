import type { Screen } from './screen.ts'
import { cut } from './text-width.ts'

/** What a long deed says while it lasts: one line rewritten on a TTY, else a line per message. */
export type Progress = {
  say(message: string): void
  /** Whether a message replaces the one before: then there may be many. */
  rewrites: boolean
  /** Clears the line, so that what follows starts at the left. */
  done(): void
}

/** Progress on stderr, so that stdout carries results only. */
export const createProgress = (screen: Screen): Progress => {
  let last = ''
  const clear = (): void => {
    if (screen.isTty && last) screen.write('\r\x1b[K')
  }
  return {
    rewrites: screen.isTty,
    say: (message) => {
      if (message === last) return
      clear()
      last = message
      if (screen.isTty) screen.write(screen.paint('dim', cut(message, (screen.columns ?? 80) - 1)))
      else screen.line(message)
    },
    done: () => {
      clear()
      last = ''
    },
  }
}
