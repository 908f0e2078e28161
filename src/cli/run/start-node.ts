import type { Settings } from '../../config/types.ts'
import type { Docker } from '../../docker/client.ts'
import { CliError } from '../cli-error.ts'
import { createNode } from './create-node.ts'
import type { NodeContainer } from './docker-run-line.ts'
import { freePort, GOSSIP_PORT, takenPorts } from './gossip-port.ts'
import type { Published } from './publish.ts'
import { canPublish, gossipPublications, publications } from './wanted-node.ts'

/** Ports that are tried when others take them at the same moment, or when the host has them. */
const MOST_TRIES = 20

/**
 * Starts `wanted` with the ports of its children and of gossip published. When the usual gossip
 * port is taken the next free one is used, inside and out. Resolves to the container's id and to
 * the node as it was started.
 */
export const startNode = async (
  docker: Docker,
  wanted: NodeContainer,
  settings: Settings,
): Promise<{ id: string; node: NodeContainer }> => {
  const { serf_port } = settings
  const publish = canPublish(wanted.network) ? publications(wanted.publish, settings) : []
  const ours = new Set(publish.map(({ port }) => Number.parseInt(port, 10)))
  // A port that the user chose, or publishes in a way of his own, is not ours to change.
  const chosen = serf_port !== GOSSIP_PORT || wanted.env.some((one) => one.startsWith('SERF_PORT='))
  const taken = chosen ? new Set<number>() : await takenPorts(docker)
  for (let tries = 0; ; tries++) {
    const port = chosen ? serf_port : freePort(taken)
    const node: NodeContainer = {
      ...wanted,
      env: port === serf_port ? wanted.env : [...wanted.env, `SERF_PORT=${port}`],
      publish:
        canPublish(wanted.network) && !ours.has(port)
          ? [...gossipPublications(port), ...publish]
          : publish,
    }
    const started = await createNode(docker, node)
    if ('id' in started) return { id: started.id, node }
    const isGossip = started.taken === port && !ours.has(port)
    if (!isGossip || chosen || tries >= MOST_TRIES) throw portTaken(started, isGossip, publish)
    taken.add(port)
  }
}

const portTaken = (
  { taken, message }: { taken: number | undefined; message: string },
  isGossip: boolean,
  publish: readonly Published[],
): CliError => {
  const inside = publish.find(({ binding }) => Number(binding.HostPort) === taken)
  const port = inside?.port.replace('/tcp', '') ?? 'PORT'
  return new CliError('failed', `start the node: ${message}`, {
    hint: isGossip
      ? 'choose another gossip port: -e SERF_PORT=7950'
      : `publish it elsewhere: -p OTHER:${port}; docker ps says who has it`,
  })
}
