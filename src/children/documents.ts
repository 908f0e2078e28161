import type { ContainerInspect } from '../docker/container-types.ts'

/** A container as the files of a node show it; `id` is the member name, of a child its node's. */
export type ContainerInfo = { id: string; inspect: object }

/** The node: its /me.json and the children's /serfnode/parent.json. */
export const nodeDocument = (memberId: string, own: ContainerInspect): ContainerInfo => ({
  id: memberId,
  inspect: withoutEnv(own),
})

/** A child's own /me.json: its network is the node's. */
export const childDocument = (
  memberId: string,
  child: ContainerInspect,
  own: ContainerInspect,
): ContainerInfo => ({
  id: memberId,
  inspect: { ...withoutEnv(child), NetworkSettings: own.NetworkSettings },
})

/** The node's /children_by_name.json. */
export const childrenByName = (
  memberId: string,
  children: readonly ContainerInspect[],
  own: ContainerInspect,
): Record<string, ContainerInfo> =>
  Object.fromEntries(
    children
      .map((child) => [child.Name.replace(/^\//, ''), childDocument(memberId, child, own)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

/** The environment may hold secrets. */
const withoutEnv = (inspect: ContainerInspect): object => {
  const { Env: _, ...config } = inspect.Config
  return { ...inspect, Config: config }
}
