import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import type { Member } from '../catalog/member.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import type { EventRecord, Handled } from './types.ts'

/** A line of the journal. `members` are as they were told last; `gone` those that were forgotten. */
export type Entry =
  | {
      kind: 'state'
      last: number
      started: boolean
      newest: number
      seen: string[]
      members: Member[]
    }
  | { kind: 'event'; record: EventRecord; members?: readonly Member[]; gone?: readonly string[] }
  | { kind: 'handled'; index: number; id: string; handled: Handled }

const KINDS: readonly string[] = ['state', 'event', 'handled']
const LINES_MAX = 4_000
const BYTES_MAX = 4 * 1024 * 1024
const RETRY_MS = 5_000

/** The entry in a line; undefined when it was cut off, or is of another version's making. */
export const parseEntry = (line: string): Entry | undefined => {
  try {
    const found: Entry | null = JSON.parse(line)
    return found && KINDS.includes(found.kind) ? found : undefined
  } catch {
    // The agent was killed while it wrote: what the line would say was not acted upon.
    return undefined
  }
}

export type JournalOptions = {
  path: string
  /** All that is worth keeping, for a shorter file. */
  whole(): readonly Entry[]
  log: Logger
  now(): number
}

/** What the file says; nothing when there is none, or it cannot be read. */
export const readJournal = (path: string, log: Logger): Entry[] => {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => parseEntry(line) ?? [])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      log.warn({ path, error: describeError(error) }, 'the events of before are not known')
    }
    return []
  }
}

/**
 * Keeps entries on disk, each before `append` returns, so that an agent that is killed knows them.
 * In step, since an event must be noted before anybody acts on it and none may wait for another; it
 * costs some microseconds. The disk itself is not waited for: the file is gone with the container.
 */
export const openJournal = ({ path, whole, log, now }: JournalOptions) => {
  let fd: number | undefined
  let lines = 0
  let bytes = 0
  let triedAt = Number.NEGATIVE_INFINITY

  const close = (): void => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const rewrite = (): void => {
    close()
    const text = whole()
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join('')
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
    fd = openSync(path, 'a', 0o600)
    lines = 0
    bytes = 0
  }
  /** A write that failed may have left a part of a line: then all is written anew. */
  const attempt = (write: () => void): void => {
    try {
      write()
    } catch (error) {
      if (triedAt === Number.NEGATIVE_INFINITY) {
        log.warn({ path, error: describeError(error) }, 'events are not noted, trying again')
      }
      triedAt = now()
      close()
    }
  }
  const recover = (): void => {
    if (now() - triedAt < RETRY_MS) return
    attempt(() => {
      rewrite()
      if (triedAt > 0) log.info({ path }, 'events are noted again')
      triedAt = Number.NEGATIVE_INFINITY
    })
  }
  recover()

  return {
    /** Never throws: with a full disk the node goes on from memory. */
    append: (entry: Entry): void => {
      if (fd === undefined) {
        recover()
        return
      }
      const line = Buffer.from(`${JSON.stringify(entry)}\n`)
      const file = fd
      attempt(() => {
        if (writeSync(file, line) < line.length) throw new Error('only a part was written')
        lines += 1
        bytes += line.length
        if (lines > LINES_MAX || bytes > BYTES_MAX) rewrite()
      })
    },
    close,
  }
}
