import { open, readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { describeError } from '../lib/errors.ts'
import { BUNDLE_ENDING } from './bundle-ending.ts'
import { cellCount, FIRST_UID, LAST_UID } from './cells.ts'
import { eventKeyOfFile } from './event-keys.ts'
import type { HandlerSpec } from './types.ts'

/** One handler of serfnode.yml: what it hears, and how it is run. */
export type WrittenHandler = {
  /** As it is written there. */
  name: string
  /** Absolute. */
  file: string
  /** Event keys. */
  events: readonly string[]
  timeoutMs?: number
  concurrency?: number
  dockerSocket?: boolean
}

export type FoundHandlers = { specs: HandlerSpec[]; warnings: string[] }

const TIMEOUT_MS = 30_000
const CELLS = LAST_UID - FIRST_UID + 1
const MODULE = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'])
/** Files that help handlers and hear nothing: `_shared.ts`, and what is hidden. */
const IS_HELPER = /^[._]|\.d\.[mc]?ts$|\.(md|txt|json)$/

/**
 * The handlers in `dir`, by their file names, and those of serfnode.yml. A file that serfnode.yml
 * names is found once. What cannot be run is left out with a warning.
 */
export const findHandlers = async (
  dir: string,
  written: readonly WrittenHandler[] = [],
): Promise<FoundHandlers> => {
  const specs: HandlerSpec[] = []
  const warnings: string[] = []
  const add = async (one: WrittenHandler, inFolder: boolean): Promise<void> => {
    try {
      const kind = await kindOf(one.file)
      const events = inFolder && kind === 'module' ? ['*'] : one.events
      if (events.length === 0) throw new Error(NO_EVENT)
      const spec: HandlerSpec = {
        name: one.name,
        file: one.file,
        kind,
        events,
        timeoutMs: one.timeoutMs ?? TIMEOUT_MS,
        concurrency: one.concurrency ?? 1,
        dockerSocket: one.dockerSocket ?? false,
      }
      const used = [...specs, spec].reduce((sum, other) => sum + cellCount(other), 0)
      if (used > CELLS) throw new Error(`all together may have ${CELLS} runs at once`)
      specs.push(spec)
    } catch (error) {
      warnings.push(`handler ${one.name} is not run: ${describeError(error)}`)
    }
  }
  for (const one of written) await add(one, false)
  const files = new Set(written.map(({ file }) => file))
  const names = new Set(written.map(({ name }) => name))
  const found = await filesIn(dir).catch((error: unknown) => {
    warnings.push(`handlers in ${basename(dir)}/ are not run: ${describeError(error)}`)
    return []
  })
  for (const file of found) {
    if (files.has(file)) continue
    const own = basename(file)
    const name = names.has(own) ? join(basename(dir), own) : own
    const key = eventKeyOfFile(own)
    await add({ name, file, events: key === undefined ? [] : [key] }, true)
  }
  return { specs, warnings }
}

const NO_EVENT =
  'its name says no event: expected as member-join.sh, user.NAME.sh, query.NAME.sh or all.sh; begin it with _ when it is none'

const filesIn = async (dir: string): Promise<string[]> => {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => !entry.isDirectory() && !IS_HELPER.test(entry.name))
    .filter(({ name }) => !name.endsWith(BUNDLE_ENDING))
    .map(({ name }) => join(dir, name))
    .sort()
}

const EXECUTABLE = 0o111
const FOR_OTHERS = 0o004

/**
 * A module by its ending, unless it is executable and says with `#!` by what. Throws when neither
 * can be run under a uid that is not the file's own.
 */
const kindOf = async (file: string): Promise<HandlerSpec['kind']> => {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) throw new Error(found ? 'it is no file' : 'there is no such file')
  const { mode } = found
  const isModule =
    MODULE.has(extname(file)) && !((mode & EXECUTABLE) !== 0 && (await hasHashBang(file)))
  if ((mode & FOR_OTHERS) === 0) throw new Error('only its owner may read it: chmod a+r')
  if (isModule) return 'module'
  if ((mode & 0o001) === 0) throw new Error('it is not executable: chmod a+x')
  return 'executable'
}

const hasHashBang = async (path: string): Promise<boolean> => {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === '#!'
  } finally {
    await file.close()
  }
}
