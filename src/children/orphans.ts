import type { ContainerSummary } from '../docker/container-types.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { clearContainer } from './clear.ts'
import type { ChildDocker } from './docker.ts'
import { borrowedVolumes, LABEL } from './labels.ts'

/** A child whose node's container is gone. */
export type Orphan = {
  id: string
  name: string
  child: string
  node: string
  nodeContainer: string
  cluster: string
  state: ContainerSummary['State']
  /** Anonymous volumes it had from its node and siblings. */
  borrowed: string[]
}

/** All orphans of the engine. One listing holds children and nodes, so none is between the two. */
export const findOrphans = async (
  docker: Pick<ChildDocker, 'listContainers'>,
): Promise<Orphan[]> => {
  const all = await docker.listContainers({ all: true })
  const ids = new Set(all.map(({ Id }) => Id))
  return all.flatMap(({ Id, Names, Labels, State }) => {
    const { [LABEL.child]: child, [LABEL.owner]: owner } = Labels
    if (!child || !owner || ids.has(owner) || State === 'removing') return []
    return {
      id: Id,
      name: (Names[0] ?? Id).replace(/^\//, ''),
      child,
      node: Labels[LABEL.node] ?? '',
      nodeContainer: Labels[LABEL.nodeContainer] ?? '',
      cluster: Labels[LABEL.cluster] ?? '',
      state: State,
      borrowed: borrowedVolumes(Labels),
    }
  })
}

/** The orphans that the node `heir` may remove: those of a node of its name in its cluster. */
export const orphansOf = (
  orphans: readonly Orphan[],
  heir: { cluster: string; node: string; containerName: string },
): Orphan[] =>
  orphans.filter(
    ({ cluster, node, nodeContainer }) =>
      cluster === heir.cluster && (node === heir.node || nodeContainer === heir.containerName),
  )

/**
 * Stops and removes them with their anonymous volumes, all at once; named volumes stay. Resolves to
 * those that could not be removed.
 */
export const removeOrphans = async (
  docker: Parameters<typeof clearContainer>[0],
  orphans: readonly Orphan[],
  log: Logger,
): Promise<{ orphan: Orphan; error: unknown }[]> => {
  const results = await Promise.allSettled(orphans.map((orphan) => clearContainer(docker, orphan)))
  return orphans.flatMap((orphan, at) => {
    const { child, node, name: container } = orphan
    const result = results[at]
    if (result?.status !== 'rejected') {
      log.info(
        { child, node, container },
        `removed ${container}, left behind by a node that is gone`,
      )
      return []
    }
    const facts = { child, node, container, error: describeError(result.reason) }
    log.warn(facts, `${container}, left behind by a node that is gone, cannot be removed`)
    return { orphan, error: result.reason }
  })
}
