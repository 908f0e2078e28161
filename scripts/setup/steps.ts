export type Note = (text: string) => void

/** Prints what is being done, so that a person sees where the time goes. */
export type Steps = {
  /** Runs `work` under a title; what it passes to `note` shows as its progress. */
  step<T>(title: string, work: (note: Note) => Promise<T>): Promise<T>
  say(text: string): void
}

const HEARTBEAT_MS = 5_000

/**
 * Steps on stdout: one changing line each on a terminal; elsewhere a plain line at the end, and
 * one every five seconds while it lasts.
 */
export const createSteps = (out: NodeJS.WriteStream = process.stdout): Steps => {
  const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
  const cut = (text: string) => text.slice(0, (out.columns ?? 100) - 1)
  const show = (text: string) => {
    if (out.isTTY) out.write(`\r\u001b[2K${cut(text)}`)
  }
  const write = (text: string) => out.write(`${out.isTTY ? '\r\u001b[2K' : ''}${text}\n`)

  const step: Steps['step'] = async (title, work) => {
    const started = performance.now()
    let last = ''
    const line = () => `..   ${title} (${seconds(started)})${last === '' ? '' : `: ${last}`}`
    show(`..   ${title}`)
    const beat = setInterval(() => (out.isTTY ? show(line()) : write(cut(line()))), HEARTBEAT_MS)
    try {
      const result = await work((text) => {
        last = text.trim()
        show(line())
      })
      write(`ok   ${title} (${seconds(started)})`)
      return result
    } catch (error) {
      write(`FAIL ${title} (${seconds(started)})`)
      throw error
    } finally {
      clearInterval(beat)
    }
  }
  return { step, say: (text) => write(text) }
}
