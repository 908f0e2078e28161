import type { ChildSettings, Port } from '../config/types.ts'
import type { PortMap } from '../docker/container-types.ts'

/** `5672/tcp` to the ports at which the service's address has it. */
export type AdvertisedPorts = Record<string, string[]>

/**
 * The ports to tell other nodes. At the node's own address (`container`) a port is itself: those
 * that the user published and those that the children name. At an address of the host (`host`) it
 * is what is published there.
 */
export const advertisedPorts = (
  published: PortMap,
  children: readonly Pick<ChildSettings, 'ports' | 'expose'>[],
  at: 'container' | 'host',
): AdvertisedPorts => {
  const bound = Object.entries(published).filter(([, bindings]) => (bindings ?? []).length > 0)
  if (at === 'host') {
    return sorted(
      bound.map(([port, bindings]) => [
        port,
        // IPv4 and IPv6 are two bindings of one port.
        [...new Set((bindings ?? []).flatMap(({ HostPort }) => HostPort || []))],
      ]),
    )
  }
  const named = children.flatMap(({ ports, expose }) => [...ports, ...expose].map(portName))
  const all = new Set([...bound.map(([port]) => port), ...named])
  return sorted([...all].map((port) => [port, [port.split('/')[0] ?? port]]))
}

const portName = ({ container, protocol }: Port): string => `${container}/${protocol}`

const sorted = (entries: [string, string[]][]): AdvertisedPorts =>
  Object.fromEntries(
    entries
      .filter(([, ports]) => ports.length > 0)
      .sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1)),
  )
