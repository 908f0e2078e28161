import type { ChildStatus } from '../children/status.ts'
import { describeError } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import { STATUS_FILE } from './paths.ts'

/** What `serfnode ps` shows of a node; in status.json. */
export type NodeStatus = {
  id: string
  name: string
  role: string
  cluster: string
  version: string
  /** `waiting`: for the cluster's secret; `joining`: serf is not up yet; `up`; `stopping`. */
  phase: 'waiting' | 'joining' | 'up' | 'stopping'
  warnings: string[]
  children: ChildStatus[]
}

/** Keeps status.json equal to what was last set; a burst of changes is one write. */
export const createStatusFile = (first: NodeStatus, log: Logger, path = STATUS_FILE) => {
  const topics = new Map<string, string>()
  let current = first
  let written = ''
  let isWriting = false
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    // Whoever writes looks once more at its end, in the same breath as it clears the flag.
    if (isWriting) return
    isWriting = true
    try {
      for (;;) {
        const text = `${JSON.stringify(current)}\n`
        if (text === written) return
        await writeAtomic(path, text, 0o600)
        written = text
      }
    } catch (error) {
      // A full disk must not stop the node; the next change tries again.
      log.warn({ path, error: describeError(error) }, 'status not written')
    } finally {
      isWriting = false
    }
  }
  const set = (change: Partial<NodeStatus>): void => {
    current = { ...current, ...change }
    if (!isWriting) writing = write()
  }
  return {
    current: (): NodeStatus => current,
    set,
    /** What is wrong about `topic` now; undefined: nothing any more. */
    about: (topic: string, warning: string | undefined): void => {
      if (warning === undefined) topics.delete(topic)
      else topics.set(topic, warning)
      set({ warnings: [...first.warnings, ...new Set(topics.values())] })
    },
    /** Resolves when all is written. */
    flushed: (): Promise<void> => writing,
  }
}
