import { LABEL } from '../children/labels.ts'
import type { Docker } from '../docker/client.ts'
import type { ContainerSummary } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { CliError } from './cli-error.ts'

/** What a node's boot.json tells about it; the agent writes more into it. */
export type BootFacts = { id: string; name: string; cluster: string; role: string }

/** A node of this engine: its container, and who it is once its agent has come up. */
export type EngineNode = {
  /** The container's id. */
  containerId: string
  /** The container's name. */
  container: string
  /** The name people see; the container's until the node has one. */
  name: string
  state: ContainerSummary['State']
  image: string
  createdS: number
  boot?: BootFacts
}

type Asked = Pick<Docker, 'listContainers' | 'readText'>

const START_HINT =
  'start one: serfnode run IMAGE, or docker run -d -v /var/run/docker.sock:/var/run/docker.sock IMAGE'

/** All nodes of the engine, oldest first, stopped ones too. */
export const findNodes = async (docker: Asked): Promise<EngineNode[]> => {
  const all = await docker.listContainers({ all: true, labels: [LABEL.image] })
  const nodes = await Promise.all(
    all.filter(isNode).map((summary) => describeNode(docker, summary)),
  )
  return nodes
    .filter((node) => node !== undefined)
    .sort((a, b) => a.createdS - b.createdS || (a.containerId < b.containerId ? -1 : 1))
}

/**
 * The image's label is inherited by all that is made of the image: children are told by their
 * label, the CLI in a throw-away container and the steps of a `docker build` by their command.
 */
export const isNode = ({ Labels, Command }: Pick<ContainerSummary, 'Labels' | 'Command'>) =>
  Labels[LABEL.child] === undefined &&
  Labels[LABEL.helper] === undefined &&
  !/^(\/usr\/lib\/serfnode\/entry .|\/bin\/sh -c )/.test(Command)

/** The container's name, without the slash that Docker puts before it. */
export const containerNameOf = ({ Id, Names }: Pick<ContainerSummary, 'Id' | 'Names'>): string =>
  (Names[0] ?? Id.slice(0, 12)).replace(/^\//, '')

const describeNode = async (
  docker: Asked,
  summary: ContainerSummary,
): Promise<EngineNode | undefined> => {
  const container = containerNameOf(summary)
  const text = await readOf(docker, summary.Id, 'boot.json')
  if (text === 'gone') return undefined
  const boot = bootFacts(text)
  return {
    containerId: summary.Id,
    container,
    name: boot?.name ?? container,
    state: summary.State,
    image: summary.Image,
    createdS: summary.Created,
    ...(boot && { boot }),
  }
}

/**
 * A file of a node's run-time folder; undefined when it is not there or cannot be read. A stopped
 * container whose mounts have become impossible must not hide the others.
 */
export const readOf = async (
  docker: Pick<Docker, 'readText'>,
  id: string,
  file: string,
): Promise<string | 'gone' | undefined> => {
  try {
    return await docker.readText(id, `/run/serfnode/${file}`)
  } catch (error) {
    if (isDockerError(error, 'not-found')) return 'gone'
    if (isDockerError(error) && !['unreachable', 'denied'].includes(error.code)) return undefined
    throw error
  }
}

const bootFacts = (text: string | undefined): BootFacts | undefined => {
  try {
    const { id, name, cluster, role } = JSON.parse(text ?? '')
    const facts = { id, name, cluster, role }
    return Object.values(facts).every((one) => typeof one === 'string') ? facts : undefined
  } catch {
    // Being written, or of another version: the node is known by its container alone.
    return undefined
  }
}

/** The node called `wanted`: container name, node name, member name or start of the id. */
export const nodeCalled = (nodes: readonly EngineNode[], wanted: string): EngineNode => {
  const ways: ((node: EngineNode) => boolean)[] = [
    (node) => node.container === wanted,
    (node) => node.name === wanted || node.boot?.id === wanted,
    (node) => /^[0-9a-f]{2,64}$/.test(wanted) && node.containerId.startsWith(wanted),
  ]
  for (const way of ways) {
    const [found, second] = nodes.filter(way)
    if (found && second) {
      throw new CliError('usage', `${wanted} may be ${found.container} or ${second.container}`, {
        hint: 'say which by its container name',
      })
    }
    if (found) return found
  }
  const known = nodes.map(({ container }) => container)
  throw new CliError('no-node', `no node ${wanted} on this engine`, {
    hint: known.length > 0 ? `nodes here: ${known.join(', ')}` : START_HINT,
  })
}

/**
 * A running node to ask on behalf of its cluster: the one called `wanted`, else the oldest that is
 * up. Throws CliError `no-node`, and `usage` when nodes of several clusters run and none was named.
 */
export const nodeToAsk = (nodes: readonly EngineNode[], wanted?: string): EngineNode => {
  if (wanted !== undefined) {
    const node = nodeCalled(nodes, wanted)
    if (node.state === 'running') return node
    throw new CliError('no-node', `node ${node.container} is not running (${node.state})`, {
      hint: `start it: docker start ${node.container}`,
    })
  }
  const running = nodes.filter(({ state }) => state === 'running')
  const up = running.filter(({ boot }) => boot !== undefined)
  const clusters = new Set(up.map(({ boot }) => boot?.cluster))
  if (clusters.size > 1) {
    const choices = up.map(({ container, boot }) => `${container} (${boot?.cluster})`)
    throw new CliError('usage', `nodes of ${clusters.size} clusters run on this engine`, {
      hint: `choose with --node NAME: ${choices.join(', ')}`,
    })
  }
  const node = up[0] ?? running[0]
  if (node) return node
  const stopped = nodes.map(({ container }) => container)
  throw new CliError('no-node', 'no node runs on this engine', {
    hint: stopped.length > 0 ? `start one: docker start ${stopped.join(' ')}` : START_HINT,
  })
}
