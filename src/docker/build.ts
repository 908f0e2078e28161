import { type Connection, impatient } from './connection.ts'
import { isNoSuchImage, progress } from './progress.ts'
import { garbled } from './wire-errors.ts'

const QUIET_MS = 20 * 60_000

export type BuildOptions = {
  tag: string
  /** Within the context; default `Dockerfile`. */
  dockerfile?: string
  buildArgs?: Record<string, string>
  labels?: Record<string, string>
  platform?: string
  noCache?: boolean
  /** Ask the registry for a newer base. */
  pull?: boolean
}

/** A line of the engine: text as a terminal would show it, a pull's progress, or the end. */
export type BuildProgress = {
  stream?: string
  status?: string
  id?: string
  error?: string
  aux?: { ID?: string }
}

export type Build = {
  /**
   * Builds the tar `context` (a stream of bytes) and resolves to the image's id. A failing step rejects with
   * `bad-request`, the engine's words and `facts.step` (`Step 2/5 : RUN make`).
   */
  buildImage(
    context: AsyncIterable<unknown>,
    options: BuildOptions,
    control?: {
      onProgress?: (line: BuildProgress) => void
      /** How long a step may say nothing; default 20 min. */
      quietMs?: number
      signal?: AbortSignal
    },
  ): Promise<string>
}

export const build = ({ open }: Connection): Build => ({
  async buildImage(context, options, { onProgress, quietMs = QUIET_MS, signal } = {}) {
    const deed = `build image ${options.tag}`
    const opened = await open({
      deed,
      method: 'POST',
      path: '/build',
      query: queryOf(options),
      headers: { 'Content-Type': 'application/x-tar' },
      body: context,
      timeoutMs: quietMs,
      signal,
    })
    let step: string | undefined
    let id: string | undefined
    const failed = (message: string) => ({
      code: isNoSuchImage(message) ? ('not-found' as const) : ('bad-request' as const),
      facts: { step },
    })
    for await (const line of progress(impatient(opened, quietMs), deed, failed)) {
      const { stream, aux } = line as BuildProgress
      if (stream?.startsWith('Step ')) step = stream.trim()
      id = aux?.ID ?? id
      onProgress?.(line)
    }
    if (id !== undefined) return id
    throw garbled(deed, 'the engine ended without an image', '')
  },
})

const queryOf = (options: BuildOptions) => {
  const { tag, dockerfile, buildArgs, labels, platform, noCache = false, pull = false } = options
  return {
    t: tag,
    dockerfile,
    buildargs: buildArgs && JSON.stringify(buildArgs),
    labels: labels && JSON.stringify(labels),
    platform,
    nocache: noCache,
    pull,
    rm: true,
    forcerm: true,
  }
}
