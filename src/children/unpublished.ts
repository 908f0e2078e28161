import type { ChildSettings, Port } from '../config/types.ts'
import type { ContainerInspect } from '../docker/container-types.ts'

// There the engine publishes nothing, or everything is on the host's network anyway.
const HAS_NO_PORTS = /^(host|none|container:.*)$/

/**
 * A warning when `ports` of the child are published nowhere: Docker publishes on the node only, and
 * a plain `docker run` of it knows nothing of serfnode.yml.
 */
export const unpublishedWarning = (
  { ports }: Pick<ChildSettings, 'ports'>,
  { HostConfig, NetworkSettings }: Pick<ContainerInspect, 'HostConfig' | 'NetworkSettings'>,
): string | undefined => {
  if (HAS_NO_PORTS.test(HostConfig.NetworkMode)) return undefined
  const bound = { ...HostConfig.PortBindings, ...NetworkSettings.Ports }
  const missing = ports
    .filter(({ container, protocol }) => (bound[`${container}/${protocol}`] ?? []).length === 0)
    .map(written)
  if (missing.length === 0) return undefined
  const options = missing.map((port) => `-p ${port}`).join(' ')
  const are = missing.length === 1 ? 'is' : 'are'
  return `${missing.join(', ')} ${are} not published on the node: docker run ${options}`
}

/** As `docker run -p` takes it. */
const written = ({ container, protocol, host, address }: Port): string => {
  const ip = address?.includes(':') ? `[${address}]` : address
  const front = ip === undefined ? [host] : [ip, host ?? '']
  const port = `${container}${protocol === 'udp' ? '/udp' : ''}`
  return [...front, port].filter((part) => part !== undefined).join(':')
}
