import { describeError } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import type { HandlerReport } from './types.ts'

const EVERY_MS = 1_000

/** Keeps a file equal to the reports, written once a second at most, until the signal aborts. */
export const writeReports = async (
  path: string,
  { report, log, signal }: { report: () => HandlerReport[]; log: Logger; signal: AbortSignal },
): Promise<void> => {
  let written: string | undefined
  let isSaid = false
  while (!signal.aborted) {
    const text = `${JSON.stringify(report())}\n`
    if (text !== written) {
      try {
        await writeAtomic(path, text, 0o600)
        written = text
        isSaid = false
      } catch (error) {
        // Tried again in a second: a full disk must not stop the handlers.
        if (!isSaid) log.warn({ path, error: describeError(error) }, 'handlers: not written')
        isSaid = true
      }
    }
    await pause(EVERY_MS, signal)
  }
}
