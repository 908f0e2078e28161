import type { NodeInfo } from '../catalog/node-info.ts'
import { deferred } from '../lib/deferred.ts'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'

/** What a surface needs of the catalog. */
export type ShownCatalog = {
  snapshot(): { readonly services: readonly NodeInfo[] }
  changes(signal: AbortSignal): AsyncIterable<unknown>
}

export type SurfaceContext = { catalog: ShownCatalog; signal: AbortSignal; log: Logger }

/** A way to read the catalog: `run` returns on abort and throws when it cannot go on. */
export type Surface<Options extends object = object> = {
  name: string
  run(context: SurfaceContext & Options): Promise<void>
}

export type SurfaceErrorCode = 'catalog-ended' | 'not-written'

export class SurfaceError extends SerfnodeError<SurfaceErrorCode> {}

/**
 * Calls `show` at once, after each change and every `checkMs`, until `signal` aborts; never two
 * at a time. When `show` throws, this is said once and tried again. Throws when the catalog ends.
 */
export const keepShown = async (
  { catalog, signal, log }: SurfaceContext,
  { name, checkMs, show }: { name: string; checkMs: number; show: () => Promise<void> },
): Promise<void> => {
  const ended = new AbortController()
  const running = AbortSignal.any([signal, ended.signal])
  let wake = deferred()
  running.addEventListener('abort', () => wake.resolve(), { once: true })
  // Before the first sight: a change between the two would be missed.
  const changes = catalog.changes(running)
  const listen = async (): Promise<void> => {
    for await (const _ of changes) wake.resolve()
    if (!running.aborted) throw new SurfaceError('catalog-ended', `show ${name}: catalog ended`)
  }
  const say = sayOnce(name, log)
  const repeat = async (): Promise<void> => {
    while (!running.aborted) {
      wake = deferred()
      await show().then(() => say(undefined), say)
      const timer = setTimeout(() => wake.resolve(), checkMs)
      await wake.promise
      clearTimeout(timer)
    }
  }
  const work = repeat()
  try {
    await Promise.race([work, listen()])
  } finally {
    // A write that has begun is finished, so that nothing writes after `run` has returned.
    ended.abort()
    await work
  }
}

const sayOnce = (name: string, log: Logger) => {
  let said: string | undefined
  return (error: unknown): void => {
    const text = error === undefined ? undefined : describeError(error)
    if (text !== said) {
      if (text) log.warn({ surface: name, error: text }, `show ${name}: not written, trying again`)
      else log.info({ surface: name }, `show ${name}: written again`)
    }
    said = text
  }
}
