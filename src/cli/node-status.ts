import type { Ports } from '../catalog/node-info.ts'

/** A child as its node sees it, from status.json. */
export type ChildStatus = {
  name: string
  container: string
  image: string
  state: string
  since?: string
  restarts: number
  last_reason?: string
  next_try?: string
  waiting_for?: string[]
  warnings: string[]
}

/** What it tells of itself to others, in the names of NodeInfo. */
const TOLD = ['version', 'timestamp', 'serf_ip', 'serf_port', 'service_ip', 'service_port'] as const

/** What a node's status.json tells; the optional parts are of nodes that told less. */
export type NodeStatus = {
  id: string
  name: string
  role: string
  cluster: string
  phase: string
  ports?: Ports
  warnings: string[]
  children: ChildStatus[]
} & { [K in (typeof TOLD)[number]]?: string }

/** The status in `text`; undefined when there is none or it is of another version's making. */
export const parseStatus = (text: string | undefined): NodeStatus | undefined => {
  try {
    return nodeStatus(JSON.parse(text ?? ''))
  } catch {
    // Not there yet, or not to be understood: the containers themselves still tell something.
    return undefined
  }
}

const nodeStatus = (found: unknown): NodeStatus => {
  const { id, name, role, cluster, phase, ports, ...rest } = record(found)
  const { warnings = [], children = [] } = rest
  const told = TOLD.flatMap((key) => (rest[key] === undefined ? [] : [[key, text(rest[key])]]))
  return {
    id: text(id),
    name: text(name),
    role: text(role),
    cluster: text(cluster),
    phase: text(phase),
    ...Object.fromEntries(told),
    ...(ports !== undefined && { ports: portsOf(ports) }),
    warnings: list(warnings, text),
    children: list(children, childStatus),
  }
}

const childStatus = (found: unknown): ChildStatus => {
  const { name, container, image, state, restarts, warnings = [], ...rest } = record(found)
  const { since, last_reason, next_try, waiting_for } = rest
  if (typeof restarts !== 'number') throw new TypeError('not a number')
  return {
    name: text(name),
    container: text(container),
    image: text(image),
    state: text(state),
    ...(since !== undefined && { since: text(since) }),
    restarts,
    ...(last_reason !== undefined && { last_reason: text(last_reason) }),
    ...(next_try !== undefined && { next_try: text(next_try) }),
    ...(waiting_for !== undefined && { waiting_for: list(waiting_for, text) }),
    warnings: list(warnings, text),
  }
}

const portsOf = (found: unknown): Ports =>
  Object.fromEntries(Object.entries(record(found)).map(([key, to]) => [key, list(to, text)]))

const record = (found: unknown): Record<string, unknown> => {
  if (typeof found !== 'object' || found === null) throw new TypeError('not an object')
  return found as Record<string, unknown>
}

const text = (found: unknown): string => {
  if (typeof found !== 'string') throw new TypeError('not a text')
  return found
}

const list = <T>(found: unknown, each: (one: unknown) => T): T[] => {
  if (!Array.isArray(found)) throw new TypeError('not a list')
  return found.map(each)
}
