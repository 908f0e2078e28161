import type { Docker } from '../../docker/client.ts'
import type { ContainerCreate, PortMap } from '../../docker/container-types.ts'
import { isDockerError } from '../../docker/errors.ts'
import { CliError } from '../cli-error.ts'
import type { NodeContainer } from './docker-run-line.ts'

/** The engine's words for a host port that somebody else has. */
const TAKEN = /port is already allocated|address already in use|ports are not available/i

/** `-v` without a colon is an anonymous volume. */
const isBind = (volume: string): boolean => volume.includes(':')

export const createBody = (node: NodeContainer): ContainerCreate => {
  const bindings: PortMap = {}
  for (const { port, binding } of node.publish) {
    bindings[port] = [...(bindings[port] ?? []), binding]
  }
  const binds = [
    ...node.volumes.filter(isBind),
    ...(node.yaml === undefined ? [] : [`${node.yaml}:/serfnode.yml:ro`]),
  ]
  const anonymous = node.volumes.filter((volume) => !isBind(volume))
  const asObject = (keys: string[]) => Object.fromEntries(keys.map((key) => [key, {}]))
  return {
    Image: node.image,
    Env: node.env,
    Labels: Object.fromEntries(node.labels.map(pair)),
    ExposedPorts: asObject(Object.keys(bindings)),
    ...(anonymous.length > 0 && { Volumes: asObject(anonymous) }),
    HostConfig: {
      NetworkMode: node.network ?? 'default',
      Binds: binds,
      PortBindings: bindings,
      RestartPolicy: restartPolicy(node.restart),
    },
  }
}

const pair = (text: string): [string, string] => {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

const restartPolicy = (text: string): { Name: string; MaximumRetryCount: number } => {
  const [name = 'no', count = '0'] = text.split(':')
  return { Name: name, MaximumRetryCount: Number(count) }
}

/**
 * Creates the node's container and starts it; what cannot be started is removed again. Resolves to
 * the container's id, or to the host port that turned out to be taken.
 */
export const createNode = async (
  docker: Docker,
  node: NodeContainer,
): Promise<{ id: string } | { taken: number | undefined; message: string }> => {
  const { Id } = await docker
    .createContainer(node.name ?? '', createBody(node))
    .catch((cause: unknown) => {
      if (!isDockerError(cause, 'conflict')) throw cause
      throw new CliError('exists', `start the node: a container ${node.name} exists`, {
        hint: `choose another --name, or remove it: serfnode rm ${node.name}`,
      })
    })
  try {
    await docker.startContainer(Id)
    return { id: Id }
  } catch (error) {
    await docker.removeContainer(Id, { force: true, volumes: true })
    const message = String(isDockerError(error) ? error.facts['message'] : '')
    if (!TAKEN.test(message)) throw error
    const port = /(?:[\d.]+|\]):(\d+)(?: |:|$)/.exec(message)?.[1]
    return { taken: port === undefined ? undefined : Number(port), message }
  }
}
