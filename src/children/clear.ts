import { isDockerError } from '../docker/errors.ts'
import type { ChildDocker } from './docker.ts'

/** What the engine uses, too. */
export const DEFAULT_GRACE_S = 10

type Removing = Pick<ChildDocker, 'stopContainer' | 'removeContainer' | 'removeVolume'>

export type Clearable = { id: string; borrowed: readonly string[]; stopTimeoutS?: number }

/**
 * Stops a child's container with its grace and removes it. With `volumes` its anonymous volumes go
 * too, and those it had from others unless somebody still uses them. Gone already is success.
 */
export const clearContainer = async (
  docker: Removing,
  { id, borrowed, stopTimeoutS = DEFAULT_GRACE_S }: Clearable,
  { volumes = true }: { volumes?: boolean } = {},
): Promise<void> => {
  await unlessGone(docker.stopContainer(id, { timeoutS: stopTimeoutS }))
  await unlessGone(docker.removeContainer(id, { force: true, volumes }))
  if (!volumes) return
  for (const name of borrowed) await removeVolumeIfFree(docker, name)
}

/** Whether the volume went: one that a container uses stays. */
export const removeVolumeIfFree = async (
  docker: Pick<ChildDocker, 'removeVolume'>,
  name: string,
): Promise<boolean> => {
  try {
    await docker.removeVolume(name)
    return true
  } catch (error) {
    if (isDockerError(error, 'conflict') || isDockerError(error, 'not-found')) return false
    throw error
  }
}

export const unlessGone = async (call: Promise<void>): Promise<void> => {
  try {
    await call
  } catch (error) {
    if (!isDockerError(error, 'not-found')) throw error
  }
}
