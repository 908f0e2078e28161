import type { ChildSettings } from '../config/types.ts'
import type { ContainerInspect } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import type { ChildDocker } from './docker.ts'
import { LABEL } from './labels.ts'

type Reading = Pick<ChildDocker, 'listContainers' | 'inspectContainer'>

export type Observation = {
  own: ContainerInspect
  children: ContainerInspect[]
  /** Of the other containers that `volumes_from` names, by `container:NAME`, those that are there. */
  donors: ReadonlyMap<string, ContainerInspect>
}

/** The node's container, all its children's, and those it has volumes from, as they are now. */
export const observe = async (
  docker: Reading,
  ownId: string,
  children: readonly Pick<ChildSettings, 'volumes_from'>[] = [],
): Promise<Observation> => {
  const names = new Set(children.flatMap(({ volumes_from }) => volumes_from.filter(isDonor)))
  const [own, ours, ...donors] = await Promise.all([
    docker.inspectContainer(ownId),
    childrenOf(docker, ownId),
    ...[...names].map(async (name) => [name, await donorOf(docker, name)] as const),
  ])
  const there = donors.flatMap(([name, found]) => (found ? [[name, found] as const] : []))
  return { own, children: ours, donors: new Map(there) }
}

const DONOR = 'container:'

/** Whether an item of `volumes_from` is no child but any container of the engine. */
export const isDonor = (from: string): boolean => from.startsWith(DONOR)

const donorOf = (docker: Reading, from: string): Promise<ContainerInspect | undefined> =>
  inspectIfThere(docker, from.slice(DONOR.length))

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
