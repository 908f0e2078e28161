import { utimes } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { createFeed } from '../catalog/feed.ts'
import type { OwnFacts } from '../catalog/tags.ts'
import type { ChildStatus } from '../children/status.ts'
import { describeError } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { STATUS_FILE } from './paths.ts'

/** The file is touched this often, so that an agent that hangs is told from one with no news. */
const BEAT_MS = 10_000

/**
 * What `serfnode ps` and `status` show of a node; in status.json. Of what is told to others the
 * names are those of NodeInfo; no `service_ip`: the service is hidden.
 */
export type NodeStatus = OwnFacts & {
  id: string
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
  const feed = createFeed<'news'>({ limit: 1, instead: 'news' })
  const become = (next: NodeStatus): void => {
    // The same object as long as nothing changes: whoever watches asks no more.
    if (isDeepStrictEqual(next, current)) return
    current = next
    feed.publish(['news'])
  }
  const set = (change: Partial<NodeStatus>): void => {
    become({ ...current, ...change })
    if (!isWriting) writing = write()
  }
  return {
    current: (): NodeStatus => current,
    /** An item whenever it has changed, until `signal` aborts. */
    changes: (signal: AbortSignal) => feed.read(signal),
    set,
    /** What is wrong about `topic` now; undefined: nothing any more. */
    about: (topic: string, warning: string | undefined): void => {
      if (warning === undefined) topics.delete(topic)
      else topics.set(topic, warning)
      set({ warnings: [...first.warnings, ...new Set(topics.values())] })
    },
    /** What is told to others now. */
    told: (facts: OwnFacts): void => {
      const { service_ip: _, ...rest } = current
      become({ ...rest, ...facts })
      set({})
    },
    /** Resolves when all is written. */
    flushed: (): Promise<void> => writing,
    /** Shows that the agent lives, until `signal` aborts. */
    beat: async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        await pause(BEAT_MS, signal)
        const now = new Date()
        await utimes(path, now, now).catch(() => {
          // Not written yet: that is said where it is written.
        })
      }
    },
  }
}

export type StatusFile = ReturnType<typeof createStatusFile>
