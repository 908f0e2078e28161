import { clearContainer } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import { ChildError } from './errors.ts'
import { LABEL } from './labels.ts'
import { inspectIfThere } from './observe.ts'
import { seen } from './types.ts'

/**
 * Frees a child's container name when a leftover has it: a child of a node that is gone. A
 * container that is anybody else's stays, and ChildError `name-taken` says whose it is.
 */
export const clearName = async (
  docker: Pick<
    ChildDocker,
    'inspectContainer' | 'stopContainer' | 'removeContainer' | 'removeVolume'
  >,
  name: string,
  ownId: string,
): Promise<void> => {
  const holder = await inspectIfThere(docker, name)
  if (!holder) return
  const { [LABEL.owner]: owner, [LABEL.child]: child, [LABEL.node]: node } = holder.Config.Labels
  const taken = `the container name ${name} is taken by`
  if (!owner || !child) throw new ChildError('name-taken', `${taken} a container that is not ours`)
  // Ours comes into view with the next list.
  if (owner === ownId) return
  if (await inspectIfThere(docker, owner)) {
    throw new ChildError('name-taken', `${taken} a child of node ${node}, which is there`)
  }
  await clearContainer(docker, seen(holder))
}
