import type { Logger } from '../lib/log.ts'

/** Says of a surface which names it cannot show: each once, as long as it stays left out. */
export const sayLeftOut = (surface: string, log: Logger) => {
  let warned = new Set<string>()
  return (leftOut: readonly { name: string; reason: string }[]): void => {
    const fresh = leftOut.filter(({ name }) => !warned.has(name))
    warned = new Set(leftOut.map(({ name }) => name))
    if (fresh.length === 0) return
    const message = `show ${surface}: ${fresh.length === 1 ? 'a name is' : 'names are'} left out`
    log.warn({ surface, left_out: fresh.slice(0, 20), count: fresh.length }, message)
  }
}
