import { type Connection, impatient } from './connection.ts'
import { splitTag } from './image-ref.ts'
import { isNoSuchImage, progress } from './progress.ts'

const QUIET_MS = 60_000

/** A line of progress, in the engine's words. */
export type PullProgress = {
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
}

export type PullOptions = {
  platform?: string
  onProgress?: (line: PullProgress) => void
  /** How long the engine may say nothing; default 60 s. */
  quietMs?: number
  signal?: AbortSignal
}

export type Pull = {
  /**
   * Without a tag it is `latest`, as in `docker pull`. Rejects with `not-found` when the registry
   * has no such image, and with `server` (retryable) when the registry cannot be reached.
   */
  pullImage(ref: string, options?: PullOptions): Promise<void>
}

export const pull = ({ open }: Connection): Pull => ({
  async pullImage(ref, { platform, onProgress, quietMs = QUIET_MS, signal } = {}) {
    const deed = `pull image ${ref}`
    // Without a tag the engine would fetch all of them.
    const [fromImage, tag] = splitTag(ref)
    const opened = await open({
      deed,
      method: 'POST',
      path: '/images/create',
      query: { fromImage, tag, platform },
      timeoutMs: quietMs,
      signal,
    })
    const failed = (message: string) => ({
      code: isNoSuchImage(message) ? ('not-found' as const) : ('server' as const),
    })
    for await (const line of progress(impatient(opened, quietMs), deed, failed)) onProgress?.(line)
  },
})
