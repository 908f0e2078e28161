import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { clearContainer } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import { childrenOf } from './observe.ts'
import { type Seen, seen } from './types.ts'

/**
 * Removes the children of a node that the engine removes at its end (`docker run --rm`), with their
 * anonymous volumes: nobody would come back for them. In a `docker restart` they stay: then the
 * engine takes AutoRemove off for the time (20.10), or says Restarting (newer ones). One that
 * cannot be removed is left to the next node of the name.
 */
export const removeWithNode = async (
  docker: Pick<
    ChildDocker,
    'inspectContainer' | 'listContainers' | 'stopContainer' | 'removeContainer' | 'removeVolume'
  >,
  ownId: string,
  log: Logger,
): Promise<void> => {
  const children = await childrenToRemove(docker, ownId).catch((error: unknown) => {
    log.warn({ error: describeError(error) }, 'children are not removed with their node')
    return []
  })
  const results = await Promise.allSettled(
    // They have had their grace.
    children.map((child) => clearContainer(docker, { ...child, stopTimeoutS: 0 })),
  )
  for (const [at, result] of results.entries()) {
    const container = children[at]?.name
    if (result.status === 'fulfilled') log.info({ container }, `removed ${container} with its node`)
    else {
      const error = describeError(result.reason)
      log.warn({ container, error }, `${container} cannot be removed with its node`)
    }
  }
}

const childrenToRemove = async (
  docker: Pick<ChildDocker, 'inspectContainer' | 'listContainers'>,
  ownId: string,
): Promise<Seen[]> => {
  const { HostConfig, State } = await docker.inspectContainer(ownId)
  if (HostConfig.AutoRemove !== true || State.Restarting) return []
  return (await childrenOf(docker, ownId)).map(seen)
}
