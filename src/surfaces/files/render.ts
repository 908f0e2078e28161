import type { NodeInfo } from '../../catalog/node-info.ts'
import { byRole } from '../../catalog/oldest.ts'

/** The text of `serfnodes_by_id.json`: member name to node info. */
export const renderById = (services: readonly NodeInfo[]): string =>
  json(sorted(services.map((service) => [service.id, inOrder(service)])))

/** The text of `serfnodes_by_role.json`: role to its node infos, oldest first. */
export const renderByRole = (services: readonly NodeInfo[]): string =>
  json(sorted([...byRole(services)].map(([role, list]) => [role, list.map(inOrder)])))

// No prototype: a role `__proto__` is a key like any other.
const sorted = <T>(entries: [string, T][]): Record<string, T> => {
  const object: Record<string, T> = Object.create(null)
  for (const [key, value] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) object[key] = value
  return object
}

// The same members give the same bytes on every node.
const inOrder = (service: NodeInfo): NodeInfo => ({
  id: service.id,
  name: service.name,
  role: service.role,
  ports: service.ports,
  serf_ip: service.serf_ip,
  serf_port: service.serf_port,
  service_ip: service.service_ip,
  service_port: service.service_port,
  timestamp: service.timestamp,
})

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
