import type { ContainerInspect } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import type { ChildDocker } from './docker.ts'
import { LABEL } from './labels.ts'

type Reading = Pick<ChildDocker, 'listContainers' | 'inspectContainer'>

export type Observation = { own: ContainerInspect; children: ContainerInspect[] }

/** The node's container and all its children's, as the engine has them now. */
export const observe = async (docker: Reading, ownId: string): Promise<Observation> => {
  const [own, children] = await Promise.all([
    docker.inspectContainer(ownId),
    childrenOf(docker, ownId),
  ])
  return { own, children }
}

/** The containers of the children of the node container `owner`, the first made first. */
export const childrenOf = async (docker: Reading, owner: string): Promise<ContainerInspect[]> => {
  const labels = [`${LABEL.owner}=${owner}`, LABEL.child]
  const listed = await docker.listContainers({ all: true, labels })
  const inspected = await Promise.all(listed.map(({ Id }) => inspectIfThere(docker, Id)))
  return inspected
    .filter((one) => one !== undefined)
    .sort((a, b) => Date.parse(a.Created) - Date.parse(b.Created))
}

export const inspectIfThere = async (
  docker: Pick<ChildDocker, 'inspectContainer'>,
  id: string,
): Promise<ContainerInspect | undefined> => {
  try {
    return await docker.inspectContainer(id)
  } catch (error) {
    if (isDockerError(error, 'not-found')) return undefined
    throw error
  }
}
