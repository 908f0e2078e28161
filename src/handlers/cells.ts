import { chmod, chown, lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cell, type CellMaker, createCell } from './cell.ts'
import type { HandlerSpec } from './types.ts'

/** Serf has 60000, dnsmasq 60001. Nothing else in the container may have one of these. */
export const FIRST_UID = 60_100
export const LAST_UID = 60_999

export type CellsOptions = {
  specs: readonly HandlerSpec[]
  /** Holds a folder for each handler. */
  dir: string
  /** The engine's socket, for those that asked for it. */
  socketPath?: string | undefined
}

/**
 * A uid for each run that may go on at once, and a folder for each handler. Whatever still runs
 * under such a uid is of an agent that was killed, and is ended. Rejects when there are too many.
 */
export const makeCells = async (options: CellsOptions): Promise<CellMaker> => {
  const { specs, dir, socketPath } = options
  await endLeftovers()
  // Each may pass through to its own folder, and none may look around.
  await mkdir(dir, { recursive: true })
  await chmod(dir, 0o711)
  const made = new Map<HandlerSpec, Cell[]>()
  const names = new Set<string>()
  let uid = FIRST_UID
  for (const spec of specs) {
    const gid = uid
    const count = cellCount(spec)
    if (uid + count - 1 > LAST_UID) {
      throw new RangeError(`more handlers at once than ${LAST_UID - FIRST_UID + 1}`)
    }
    const own = join(dir, folderName(spec.name, names))
    await mkdir(own, { recursive: true })
    await chmod(own, 0o770)
    await chown(own, uid, gid)
    const socket = spec.dockerSocket ? socketPath : undefined
    const groups = socket === undefined ? [] : [(await stat(socket)).gid]
    const cells = Array.from({ length: count }, (_, slot) =>
      createCell({
        uid: gid + slot,
        gid,
        groups,
        dir: own,
        env: socket === undefined ? {} : { DOCKER_HOST: `unix://${socket}` },
      }),
    )
    made.set(spec, cells)
    uid += count
  }
  return (spec) => made.get(spec) ?? []
}

/** A module is one process, whatever it handles at once. */
export const cellCount = ({ kind, concurrency }: CellNeeds): number =>
  kind === 'module' ? 1 : concurrency

type CellNeeds = Pick<HandlerSpec, 'kind' | 'concurrency'>

/** `a/b` and `a_b` must not share one. */
const folderName = (name: string, taken: Set<string>): string => {
  let own = name.replaceAll('/', '_')
  while (taken.has(own)) own += '_'
  taken.add(own)
  return own
}

/** Ends what runs under any handler's uid, in this container. */
const endLeftovers = async (): Promise<void> => {
  const uids = new Set<number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const { uid } = (await lstat(`/proc/${name}`).catch(() => undefined)) ?? {}
    if (uid !== undefined && uid >= FIRST_UID && uid <= LAST_UID) uids.add(uid)
  }
  const cells = [...uids].map((uid) => createCell({ uid, gid: uid, groups: [], dir: '/', env: {} }))
  await Promise.all(cells.map((cell) => cell.kill()))
}
