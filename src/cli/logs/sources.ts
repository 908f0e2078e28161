import { LABEL } from '../../children/labels.ts'
import type { Docker } from '../../docker/client.ts'
import { CliError } from '../cli-error.ts'
import { findNodes, nodeCalled } from '../nodes.ts'

/** A container whose log is read. */
export type LogSource = {
  containerId: string
  node: string
  /** Absent: the node's own log. */
  child?: string
}

/**
 * The containers that `target` names: all nodes and children, `NODE` with its children, or
 * `NODE/CHILD`. Throws CliError `no-node` or `not-found`.
 */
export const findSources = async (
  docker: Pick<Docker, 'listContainers' | 'readText'>,
  target: string | undefined,
): Promise<LogSource[]> => {
  const nodes = await findNodes(docker)
  const [wanted, child] = split(target)
  const chosen = wanted === undefined ? nodes : [nodeCalled(nodes, wanted)]
  const children = await docker.listContainers({ all: true, labels: [LABEL.child] })
  const sources = chosen.flatMap((node): LogSource[] => [
    { containerId: node.containerId, node: node.name },
    ...children
      .filter(({ Labels }) => Labels[LABEL.owner] === node.containerId)
      .map(({ Id, Labels }) => ({
        containerId: Id,
        node: node.name,
        child: Labels[LABEL.child] ?? '',
      })),
  ])
  if (child === undefined) return sources
  const only = sources.filter((source) => source.child === child)
  if (only.length > 0) return only
  const known = sources.flatMap((source) => source.child ?? [])
  throw new CliError('not-found', `node ${wanted} has no container of a child ${child}`, {
    hint: known.length > 0 ? `its children: ${known.join(', ')}` : 'serfnode ps says why',
  })
}

const split = (target: string | undefined): [string | undefined, string | undefined] => {
  const at = target?.indexOf('/') ?? -1
  return at < 0 || target === undefined
    ? [target, undefined]
    : [target.slice(0, at), target.slice(at + 1)]
}
