import { isHostName } from '../../catalog/host-name.ts'
import type { NodeInfo } from '../../catalog/node-info.ts'
import { byRole } from '../../catalog/oldest.ts'

/** All our names end with it; nothing below it is ever asked of anybody else. */
export const ZONE = 'serf'

/** A node whose name is no DNS name. */
export type LeftOut = { name: string; reason: 'not a DNS name' }

/** A service and the names that lead to it, all of them lower case and without the end dot. */
export type NamedService = {
  service: NodeInfo
  /** The role's own name, `web.serf`; absent when the role is no DNS name. */
  role?: string
  /** What leads to this service only: what its address is called, and where SRV records point. */
  own?: string
  /** The names of the node itself, below `node.serf`. */
  node: readonly string[]
  /** Every name at this address, the own one first. */
  names: readonly string[]
}

/**
 * The zone's names, each role's services oldest first, and the nodes' names that it cannot have. A
 * role that it cannot have is not in the hosts file either, which has the same rules and says so.
 */
export type Names = { services: readonly NamedService[]; leftOut: readonly LeftOut[] }

/**
 * Names for services: `<role>.serf` is at all of a role, `oldest.<role>.serf` at one, and
 * `<node>.node.serf` at the nodes of that name; where two have it, each is at its member name too.
 */
export const nameServices = (services: readonly NodeInfo[]): Names => {
  const nodes = countNodes(services)
  const taken = new Set<string>()
  const named = rolesByAge(services).flatMap(([role, list]) => {
    const label = role.toLowerCase()
    const roleName = isHostName(role) && !taken.has(label) ? `${label}.${ZONE}` : undefined
    taken.add(label)
    return list.map((service, age) => nameOne(service, { roleName, isOldest: age === 0, nodes }))
  })
  const odd = new Set(services.map(({ name }) => name).filter((name) => !nodeName(name)))
  const leftOut = [...odd].map((name): LeftOut => ({ name, reason: 'not a DNS name' }))
  return { services: named, leftOut }
}

type Around = {
  roleName: string | undefined
  isOldest: boolean
  nodes: ReadonlyMap<string, number>
}

const nameOne = (service: NodeInfo, { roleName, isOldest, nodes }: Around): NamedService => {
  const node = nodeName(service.name)
  const isAlone = node !== undefined && nodes.get(node) === 1
  const own = isAlone ? node : nodeName(service.id)
  const oldest = roleName && isOldest ? `oldest.${roleName}` : undefined
  // The node called `oldest` keeps its name from the role called `node`.
  const free = oldest !== undefined && nodes.has(oldest) ? undefined : oldest
  const ofNode = present([own, node])
  return {
    service,
    ...(roleName === undefined ? {} : { role: roleName }),
    ...(own === undefined ? {} : { own }),
    node: ofNode,
    names: [...ofNode, ...present([roleName, free])],
  }
}

const present = (names: readonly (string | undefined)[]): string[] => [
  ...new Set(names.filter((name) => name !== undefined)),
]

// A node's name may have dots; each part of it has to be a label.
const nodeName = (name: string): string | undefined =>
  name.length <= 200 && name.split('.').every((label) => LABEL.test(label))
    ? `${name.toLowerCase()}.node.${ZONE}`
    : undefined

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

const countNodes = (services: readonly NodeInfo[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { name } of services) {
    const node = nodeName(name)
    if (node !== undefined) counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

// Where two roles differ only in case, who came first keeps the name, as in the hosts file.
const rolesByAge = (services: readonly NodeInfo[]): [string, NodeInfo[]][] =>
  [...byRole(services)].sort(
    ([, [a]], [, [b]]) => Number(a?.timestamp ?? 0) - Number(b?.timestamp ?? 0),
  )
