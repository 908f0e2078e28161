import type { Docker } from '../../docker/client.ts'
import { CliError } from '../cli-error.ts'
import { findNodes } from '../nodes.ts'

/** Serf's own port. */
export const GOSSIP_PORT = 7946

/**
 * Host ports that containers of the engine hold, and those that its stopped nodes will want again
 * when they are started.
 */
export const takenPorts = async (docker: Docker): Promise<Set<number>> => {
  const running = await docker.listContainers()
  const open = running.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort))
  const stopped = (await findNodes(docker)).filter(({ state }) => state !== 'running')
  const inspects = await Promise.all(
    stopped.map(({ containerId }) => docker.inspectContainer(containerId).catch(() => undefined)),
  )
  const wanted = inspects.flatMap((one) =>
    Object.values(one?.HostConfig.PortBindings ?? {}).flatMap((bindings) => bindings ?? []),
  )
  return new Set(
    [...open, ...wanted.map(({ HostPort }) => Number(HostPort))].filter(
      (port): port is number => port !== undefined && port > 0,
    ),
  )
}

/** The first port from `first` on that nobody holds. */
export const freePort = (taken: ReadonlySet<number>, first = GOSSIP_PORT): number => {
  for (let port = first; port <= 65_535; port++) if (!taken.has(port)) return port
  throw new CliError('failed', `no port from ${first} on is free for gossip`)
}
