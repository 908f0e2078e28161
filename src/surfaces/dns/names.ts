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
  const odd = new Set<string>()
  const nodes = new Map<string, number>()
  const nodeOf = new Map<NodeInfo, string>()
  for (const service of services) {
    const node = nodeName(service.name)
    if (node === undefined) odd.add(service.name)
    else nodes.set(node, (nodes.get(node) ?? 0) + 1)
    if (node !== undefined) nodeOf.set(service, node)
  }
  const taken = new Set<string>()
  const named = rolesByAge(services).flatMap(([role, list]) => {
    const label = role.toLowerCase()
    const roleName = isHostName(role) && !taken.has(label) ? `${label}.${ZONE}` : undefined
    taken.add(label)
    return list.map((service, age) =>
      nameOne(service, { roleName, isOldest: age === 0, node: nodeOf.get(service), nodes }),
    )
  })
  const leftOut = [...odd].map((name): LeftOut => ({ name, reason: 'not a DNS name' }))
  return { services: named, leftOut }
}

type Around = {
  roleName: string | undefined
  isOldest: boolean
  node: string | undefined
  nodes: ReadonlyMap<string, number>
}

const nameOne = (service: NodeInfo, { roleName, isOldest, node, nodes }: Around): NamedService => {
  const isAlone = node !== undefined && nodes.get(node) === 1
  const own = isAlone ? node : nodeName(service.id)
  const ofNode = own === node ? present(own) : [...present(own), ...present(node)]
  const names = [...ofNode, ...present(roleName)]
  // The node called `oldest` keeps its name from the role called `node`.
  if (roleName && isOldest && !nodes.has(`oldest.${roleName}`)) names.push(`oldest.${roleName}`)
  return {
    service,
    ...(roleName === undefined ? {} : { role: roleName }),
    ...(own === undefined ? {} : { own }),
    node: ofNode,
    names,
  }
}

const present = (name: string | undefined): string[] => (name === undefined ? [] : [name])

// A node's name may have dots; each part of it has to be a label.
const nodeName = (name: string): string | undefined =>
  name.length <= 200 && LABELS.test(name) ? `${name.toLowerCase()}.node.${ZONE}` : undefined

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const LABELS = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'i')

// Where two roles differ only in case, who came first keeps the name, as in the hosts file.
const rolesByAge = (services: readonly NodeInfo[]): [string, readonly NodeInfo[]][] =>
  [...byRole(services)].sort(
    ([, [a]], [, [b]]) => Number(a?.timestamp ?? 0) - Number(b?.timestamp ?? 0),
  )
