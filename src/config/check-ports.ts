import type { NamedChild } from './children.ts'
import { portKey } from './ports.ts'
import type { NodeValues } from './settings.ts'
import type { At } from './shape.ts'
import type { ChildSettings, Port } from './types.ts'
import { report, type Value, warn } from './yaml-value.ts'

const DNS_PORT = 53

/** Whether a child has the port of our DNS, which then is off. */
export const hasDnsPort = ({ ports, expose }: Pick<ChildSettings, 'ports' | 'expose'>): boolean =>
  [...ports, ...expose].some(({ container }) => container === DNS_PORT)

/**
 * Children and Serf share one network: refuses ports that Serf listens on and host ports that are
 * asked for twice, and warns of a port that two children name or that is that of our DNS.
 */
export const checkPorts = (
  children: readonly NamedChild[],
  {
    serf_port,
    rpc_port,
    dns,
    ports: ofAll,
  }: Pick<NodeValues, 'serf_port' | 'rpc_port' | 'dns' | 'ports'>,
): void => {
  const hosts = new Map<string, { port: Port; child: string }>()
  const users = new Map<string, string>()
  const shared = new Set(ofAll.map(({ at }) => at))
  let isDnsOff = !dns
  for (const { name, written } of children) {
    for (const { port, at } of each([...(written.ports ?? []), ...(written.expose ?? [])])) {
      const { container, protocol } = port
      if (container === serf_port || (container === rpc_port && protocol === 'tcp')) {
        report(at, `found ${container}, but Serf listens there in the network of the children`)
      }
      if (container === DNS_PORT && !isDnsOff) {
        isDnsOff = true
        const where = 'names of the cluster are in the hosts file only'
        warn(at, `DNS is off: child "${name}" has port ${DNS_PORT}; ${where}`)
      }
      checkHost(hosts, { port, child: name }, at)
      if (shared.has(at)) continue
      const other = users.get(portKey(port)) ?? name
      if (other !== name) {
        warn(at, `"${other}" has port ${portKey(port)} too; in one network only one can listen`)
      }
      users.set(portKey(port), other)
    }
  }
}

type Use = { port: Port; child: string }

const checkHost = (hosts: Map<string, Use>, { port, child }: Use, at: Value): void => {
  if (port.host === undefined) return
  const key = `${port.host}/${port.protocol}`
  const taken = [hosts.get(key), hosts.get(`${key} at ${port.address ?? ''}`)].find(
    (use) => use !== undefined && clash(use.port, port),
  )
  if (taken !== undefined) {
    report(
      at,
      `the host's port ${key} is already that of ${portKey(taken.port)} of "${taken.child}"`,
    )
  }
  hosts.set(port.address === undefined ? key : `${key} at ${port.address}`, { port, child })
}

const clash = (one: Port, other: Port): boolean => one.container !== other.container

const each = (list: readonly At<Port[]>[]): { port: Port; at: Value }[] =>
  list.flatMap(({ is, at }) => is.map((port) => ({ port, at })))
