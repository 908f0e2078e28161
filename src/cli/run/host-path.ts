import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Docker } from '../../docker/client.ts'
import type { MountPoint } from '../../docker/container-types.ts'
import { ownContainerId } from '../../docker/own-container.ts'

/** Where `path` of a container lies on the host; undefined when no mount brings it in. */
export const onHost = (
  mounts: readonly Pick<MountPoint, 'Source' | 'Destination'>[],
  path: string,
): string | undefined => {
  const holds = ({ Destination: folder }: { Destination: string }): boolean =>
    path === folder || folder === '/' || path.startsWith(`${folder}/`)
  const [deepest] = mounts.filter(holds).sort((a, b) => b.Destination.length - a.Destination.length)
  return deepest && join(deepest.Source, path.slice(deepest.Destination.length))
}

/**
 * The host's path of the engine's socket, which a new node has to mount: in a container, ours is
 * only where somebody mounted it.
 */
export const socketOnHost = async (
  docker: Pick<Docker, 'inspectContainer'>,
  socketPath: string,
): Promise<string> => {
  const own = await ownContainerId().catch(() => undefined)
  if (own === undefined) return socketPath
  // Of another engine than the one we are asked to use: then its paths are ours.
  const inspect = await docker.inspectContainer(own).catch(() => undefined)
  const real = await realpath(socketPath).catch(() => socketPath)
  const mounts = inspect?.Mounts ?? []
  return onHost(mounts, socketPath) ?? onHost(mounts, real) ?? socketPath
}
