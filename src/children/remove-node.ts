import { clearContainer, removeVolumeIfFree, unlessGone } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import { childrenOf } from './observe.ts'
import { seen } from './types.ts'

type Removing = Pick<
  ChildDocker,
  'listContainers' | 'inspectContainer' | 'stopContainer' | 'removeContainer' | 'removeVolume'
>

export type RemoveNodeOptions = {
  /** Also the anonymous volumes that hold data; the one at /serfnode goes in any case. */
  volumes: boolean
  /** Seconds the node has to stop its children and leave; default 10. */
  timeoutS?: number
  /** Told the name of each container when it is gone. */
  onRemoved?: (container: string) => void
}

/**
 * Stops the node `id`, which stops its children and leaves the cluster, and removes both: the
 * children first, the last made first. What is gone already is no error.
 */
export const removeNode = async (
  docker: Removing,
  id: string,
  { volumes, timeoutS = 10, onRemoved }: RemoveNodeOptions,
): Promise<void> => {
  const node = await docker.inspectContainer(id)
  await unlessGone(docker.stopContainer(node.Id, { timeoutS }))

  const children = (await childrenOf(docker, node.Id)).map(seen).reverse()
  const borrowed = new Set<string>()
  for (const child of children) {
    await clearContainer(docker, child, { volumes })
    for (const name of child.borrowed) borrowed.add(name)
    onRemoved?.(child.name)
  }

  await unlessGone(docker.removeContainer(node.Id, { force: true, volumes }))
  onRemoved?.(node.Name.replace(/^\//, ''))
  const shared = node.Mounts.find(({ Destination }) => Destination === '/serfnode')
  const isOurs = shared?.Type === 'volume' && /^[0-9a-f]{64}$/.test(shared.Name ?? '')
  const left = [...(volumes ? borrowed : []), ...(isOurs ? [shared.Name ?? ''] : [])]
  for (const name of new Set(left)) await removeVolumeIfFree(docker, name)
}
