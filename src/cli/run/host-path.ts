import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Docker } from '../../docker/client.ts'
import type { MountPoint } from '../../docker/container-types.ts'

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

/** The container we run in, by the file that Docker mounts at /etc/hosts. */
const ownContainerId = (mountinfo: string): string | undefined => {
  const line = mountinfo.split('\n').find((one) => one.split(' ')[4] === '/etc/hosts')
  return /\/containers\/([0-9a-f]{64})\//.exec(line ?? '')?.[1]
}

/**
 * The host's path of the engine's socket, which a new node has to mount: in a container, ours is
 * only where somebody mounted it.
 */
export const socketOnHost = async (
  docker: Pick<Docker, 'inspectContainer'>,
  socketPath: string,
): Promise<string> => {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const own = ownContainerId(mountinfo)
  if (own === undefined) return socketPath
  // Of another engine than the one we are asked to use: then its paths are ours.
  const inspect = await docker.inspectContainer(own).catch(() => undefined)
  const real = await realpath(socketPath).catch(() => socketPath)
  const mounts = inspect?.Mounts ?? []
  return onHost(mounts, socketPath) ?? onHost(mounts, real) ?? socketPath
}
