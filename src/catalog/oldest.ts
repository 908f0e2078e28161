import type { NodeInfo } from './node-info.ts'

/**
 * The member of `role` that has run longest, or undefined when there is none. Advice for
 * choosing one address, nothing more: clocks differ and are not compared with ours.
 */
export const oldest = (services: readonly NodeInfo[], role: string): NodeInfo | undefined => {
  const [first, ...others] = services.filter((service) => service.role === role)
  return first && others.reduce((best, next) => (byAge(next, best) < 0 ? next : best), first)
}

export type Roles = ReadonlyMap<string, readonly NodeInfo[]>

/** Every role with its services, oldest first; roles in the order of their letters. */
export const byRole = (services: readonly NodeInfo[]): Roles => {
  const kept = sorted.get(services)
  if (kept) return kept
  const roles = new Map<string, NodeInfo[]>()
  for (const service of [...services].sort(byRoleAndAge)) {
    const list = roles.get(service.role)
    if (list) list.push(service)
    else roles.set(service.role, [service])
  }
  if (Object.isFrozen(services)) sorted.set(services, roles)
  return roles
}

// Several surfaces ask for the same snapshot's, and sorting a thousand is most of their work.
const sorted = new WeakMap<readonly NodeInfo[], Roles>()

// As numbers: '9' is older than '10'. By code unit: every node must come to the same order.
const byAge = (a: NodeInfo, b: NodeInfo): number =>
  Number(a.timestamp) - Number(b.timestamp) || compare(a.id, b.id)

const byRoleAndAge = (a: NodeInfo, b: NodeInfo): number => compare(a.role, b.role) || byAge(a, b)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
