import { LABEL } from '../children/labels.ts'
import type { Docker } from '../docker/client.ts'
import type { ContainerSummary } from '../docker/container-types.ts'
import { type ChildStatus, type NodeStatus, parseStatus } from './node-status.ts'
import { containerNameOf, type EngineNode, findNodes, readOf } from './nodes.ts'

/** A child as `ps --json` prints it. */
export type ShownChild = Omit<ChildStatus, 'warnings' | 'since'> & { warnings: string[] }

/** A node as `ps --json` prints it. */
export type ShownNode = {
  /** The member name, once the node has come up. */
  id?: string
  /** The name people see. */
  node: string
  container: string
  role?: string
  cluster?: string
  /** Of the container, in Docker's words; `gone` for a node that left children behind. */
  state: string
  /** What a running node is about: waiting, joining, up, stopping. */
  phase?: string
  image: string
  /** As published on the host: `8080->80`. */
  ports: string[]
  warnings: string[]
  children: ShownChild[]
}

type Asked = Pick<Docker, 'listContainers' | 'readText'>

/** All nodes of the engine with their children, waiting and left-behind ones too. */
export const viewEngine = async (docker: Asked): Promise<ShownNode[]> => {
  const nodes = await findNodes(docker)
  const all = await docker.listContainers({ all: true })
  const children = all.filter(({ Labels }) => Labels[LABEL.child] !== undefined)
  const statuses = await Promise.all(
    nodes.map(async (node) => parseStatus(await readOf(docker, node.containerId, 'status.json'))),
  )
  const shown = nodes.map((node, at) => {
    const own = children.filter(({ Labels }) => Labels[LABEL.owner] === node.containerId)
    const ports = portsOf(all.find(({ Id }) => Id === node.containerId))
    return showNode(node, ports, own, statuses[at])
  })
  const known = new Set(all.map(({ Id }) => Id))
  const orphans = children.filter(({ Labels }) => !known.has(Labels[LABEL.owner] ?? ''))
  return [...shown, ...goneNodes(orphans)]
}

const showNode = (
  node: EngineNode,
  ports: string[],
  containers: ContainerSummary[],
  status: NodeStatus | undefined,
): ShownNode => {
  const running = node.state === 'running'
  const told = status?.children ?? []
  const ofContainer = (name: string) => containers.find((one) => one.Labels[LABEL.child] === name)
  const untold = containers.filter((one) => !told.some(({ name }) => name === childName(one)))
  const { role, cluster } = status ?? node.boot ?? {}
  return {
    ...(node.boot && { id: node.boot.id }),
    node: node.name,
    container: node.container,
    ...(role !== undefined && { role }),
    ...(cluster !== undefined && { cluster }),
    state: node.state,
    ...(running && status && { phase: status.phase }),
    image: node.image,
    ports,
    // What a stopped node last said of its troubles is over.
    warnings: running ? (status?.warnings ?? []) : [],
    children: [
      ...told.map((child) =>
        running ? withoutSince(child) : stopped(child, ofContainer(child.name)),
      ),
      ...untold.map(childOfContainer),
    ],
  }
}

const withoutSince = ({ since: _, ...child }: ChildStatus): ShownChild => child

/** A child of a stopped node: what its container is in, not what the node last did about it. */
const stopped = (child: ChildStatus, container: ContainerSummary | undefined): ShownChild => {
  const { name, image, restarts } = child
  const state = container === undefined ? 'not created' : stateOf(container)
  return { name, container: child.container, image, state, restarts, warnings: [] }
}

const childOfContainer = (container: ContainerSummary): ShownChild => ({
  name: childName(container),
  container: containerNameOf(container),
  image: container.Image,
  state: stateOf(container),
  restarts: 0,
  warnings: [],
})

const goneNodes = (orphans: ContainerSummary[]): ShownNode[] => {
  const owners = new Map<string, ContainerSummary[]>()
  for (const one of orphans) {
    const owner = one.Labels[LABEL.owner] ?? ''
    owners.set(owner, [...(owners.get(owner) ?? []), one])
  }
  return [...owners].map(([owner, children]) => ({
    node: children[0]?.Labels[LABEL.node] ?? owner.slice(0, 12),
    container: children[0]?.Labels[LABEL.nodeContainer] ?? owner.slice(0, 12),
    state: 'gone',
    image: '',
    ports: [],
    warnings: ['its children are left behind: serfnode gc removes them'],
    children: children.map(childOfContainer),
  }))
}

const childName = ({ Labels }: ContainerSummary): string => Labels[LABEL.child] ?? ''
// Our word for what Docker calls exited, as in a running node's own list.
const stateOf = ({ State }: ContainerSummary): string => (State === 'exited' ? 'stopped' : State)

/** Published ports, each once: IPv4 and IPv6 stand as two in Docker's list. */
export const portsOf = (container: Pick<ContainerSummary, 'Ports'> | undefined): string[] => {
  const published = (container?.Ports ?? []).filter(({ PublicPort }) => PublicPort !== undefined)
  const texts = published.map(({ IP, PrivatePort, PublicPort, Type }) => {
    const local = IP && !['0.0.0.0', '::'].includes(IP) ? `${IP}:` : ''
    const suffix = Type === 'tcp' ? '' : `/${Type}`
    const mapped = PublicPort === PrivatePort ? `${PublicPort}` : `${PublicPort}->${PrivatePort}`
    return `${local}${mapped}${suffix}`
  })
  return [...new Set(texts)].sort(byNumber)
}

const byNumber = (a: string, b: string): number =>
  Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1)
