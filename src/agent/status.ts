import type { ChildStatus } from '../children/status.ts'
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
  let current = first
  let written = ''
  let writing: Promise<void> | undefined

  const write = async (): Promise<void> => {
    for (;;) {
      const text = `${JSON.stringify(current)}\n`
      if (text === written) return
      try {
        await writeAtomic(path, text, 0o600)
        written = text
      } catch (error) {
        // A full disk must not stop the node; the next change tries again.
        log.warn({ path, error: String(error) }, 'status not written')
        return
      }
    }
  }
  return {
    current: (): NodeStatus => current,
    set: (change: Partial<NodeStatus>): void => {
      current = { ...current, ...change }
      writing ??= write().finally(() => {
        writing = undefined
      })
    },
    /** Adds a warning once. */
    warn(message: string): void {
      if (!current.warnings.includes(message)) {
        this.set({ warnings: [...current.warnings, message] })
      }
    },
    dropWarning(message: string): void {
      this.set({ warnings: current.warnings.filter((warning) => warning !== message) })
    },
    /** Resolves when all is written. */
    flushed: async (): Promise<void> => writing,
  }
}
