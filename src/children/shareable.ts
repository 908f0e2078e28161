import { posix } from 'node:path'
import type { MountPoint } from '../docker/container-types.ts'
import type { NodeFacts } from './types.ts'

const NEVER_SEEN = ['/var/lib/serfnode', '/run/serfnode']
// Whoever may write into one of these is root on the host.
const HOST_KEYS = ['/run/docker.sock', '/run/containerd/containerd.sock', '/var/lib/docker']

type Facts = Pick<NodeFacts, 'hostPrefix' | 'socketPaths' | 'privatePaths'>

/** The node's own mounts that its children may have too. */
export const shareableMounts = (mounts: readonly MountPoint[], facts: Facts): MountPoint[] => {
  const sockets = socketSources(mounts, facts)
  const hidden = [...NEVER_SEEN, ...(facts.privatePaths ?? [])]
  const hiddenSources = hidden.flatMap((path) => sourceOf(path, mounts) ?? [])
  return mounts.filter(
    ({ Type, Source, Destination }) =>
      (Type === 'bind' || Type === 'volume') &&
      !isWithin(Destination, facts.hostPrefix) &&
      !hidden.some((path) => overlap(Destination, path)) &&
      !sockets.some((socket) => isWithin(socket, Source)) &&
      !hiddenSources.some((source) => overlap(source, Source)),
  )
}

/** Where on the host the Docker socket is, and what is as good as it. */
export const socketSources = (
  mounts: readonly MountPoint[],
  { socketPaths }: Pick<NodeFacts, 'socketPaths'>,
): string[] => [...HOST_KEYS, ...socketPaths.flatMap((path) => sourceOf(path, mounts) ?? [])]

/** The place on the host of a path in the node: known when it lies in a mount. */
const sourceOf = (path: string, mounts: readonly MountPoint[]): string | undefined => {
  const deepest = mounts
    .filter(({ Source, Destination }) => Source !== '' && isWithin(path, Destination))
    .sort((a, b) => b.Destination.length - a.Destination.length)[0]
  if (!deepest) return undefined
  return posix.join(deepest.Source, posix.relative(plain(deepest.Destination), plain(path)))
}

/** Whether `path` is `folder` or lies in it. */
export const isWithin = (path: string, folder: string): boolean => {
  const [inner, outer] = [plain(path), plain(folder)]
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`)
}

const overlap = (one: string, other: string): boolean =>
  isWithin(one, other) || isWithin(other, one)

/** Without trailing slashes and dots; /var/run is a link to /run on every Linux. */
export const plain = (path: string): string => {
  const normal = posix.normalize(`/${path}`).replace(/(.)\/$/, '$1')
  return normal.replace(/^\/var\/run(?=\/|$)/, '/run')
}
