import type { ChildSettings } from '../config/types.ts'
import type { ContainerInspect } from '../docker/container-types.ts'
import type { Logger } from '../lib/log.ts'
import { type AdvertisedPorts, advertisedPorts } from './advertise.ts'
import { announce, type Told } from './announce.ts'
import { type ContainerInfo, childrenByName, nodeDocument } from './documents.ts'
import { newHistory } from './history.ts'
import type { Observation } from './observe.ts'
import { allUp, type ChildView, type Decision, type World } from './plan.ts'
import { type ChildStatus, childStatus } from './status.ts'
import type { NodeFacts } from './types.ts'
import { unpublishedWarning } from './unpublished.ts'

/** A child as its supervisor event tells it; see `events/supervisor-payload`. */
export type ChildProcess = {
  name: string
  state: ChildStatus['state']
  /** Ends, failed starts and failed pulls in a row. */
  failures: number
  pid?: number
  /** Of its last end. */
  exitCode?: number
}

/** All that the rest of the node wants to know of its children. */
export type ChildrenView = {
  /** In start order. */
  children: ChildStatus[]
  processes: ChildProcess[]
  /** Whether the engine was asked: before that nothing is known of the children. */
  looked: boolean
  /** All run: the node's service may be told to others. */
  up: boolean
  ports: AdvertisedPorts
  /** For /me.json and /serfnode/parent.json. */
  me: ContainerInfo
  /** For /children_by_name.json. */
  childrenByName: Record<string, ContainerInfo>
  /** Why the engine cannot be asked now; the rest is what was known last. */
  trouble?: string
}

export type Views = {
  current: () => ChildrenView
  show: (
    world: World,
    decisions: Map<string, Decision>,
    observation: Observation,
    warnings: (child: string) => string[],
  ) => void
  trouble: (trouble: string | undefined) => void
  stopping: () => void
  /** After `stopping`: none is up any more. */
  stopped: () => void
}

/** Makes a view of each look at the engine, logs what changed, and tells those that differ. */
export const createViews = (options: {
  own: NodeFacts
  children: readonly ChildSettings[]
  advertiseAt: 'container' | 'host'
  log: Logger
  onChange: (view: ChildrenView) => void
  now: () => number
}): Views => {
  const { own, children, advertiseAt, log, onChange, now } = options
  const told = new Map<string, Told>()
  let stopping = false

  const statusOf = (
    child: ChildView,
    decision: Decision,
    extra: { stoppedByHand: boolean; warnings: string[] },
  ): ChildStatus => {
    const before = told.get(child.settings.name)
    const status = childStatus(child, decision, {
      now: now(),
      nodeContainer: own.containerName,
      before: before?.status,
      ...extra,
    })
    const { failures, heldMs, image } = child.history
    const after = { status, failures: failures + image.failures, heldMs }
    told.set(status.name, after)
    if (before) announce(log, before, after)
    return status
  }

  const documents = (inspect: ContainerInspect, containers: readonly ContainerInspect[]) => ({
    ports: advertisedPorts(inspect.NetworkSettings.Ports, children, advertiseAt),
    me: nodeDocument(own.memberId, inspect),
    childrenByName: childrenByName(own.memberId, containers, inspect),
  })

  let current: ChildrenView = {
    children: children.map((settings) =>
      statusOf(
        { settings, containers: [], history: newHistory() },
        { state: 'waiting', waitingFor: ['the Docker engine'] },
        { stoppedByHand: false, warnings: [] },
      ),
    ),
    processes: [],
    looked: false,
    up: children.length === 0,
    ...documents(own.inspect, []),
  }
  let text = JSON.stringify(current)
  onChange(current)

  const tell = (next: ChildrenView): void => {
    const nextText = JSON.stringify(next)
    if (nextText === text) return
    current = next
    text = nextText
    onChange(next)
  }

  return {
    current: () => current,
    show(world, decisions, observation, warnings) {
      if (stopping) return
      const statuses = world.children.flatMap((child) => {
        const { name } = child.settings
        const decision = decisions.get(name)
        if (!decision) return []
        const stoppedByHand = decision.state === 'stopped'
        const unpublished = unpublishedWarning(child.settings, observation.own) ?? []
        const all = [...warnings(name)].concat(unpublished)
        return statusOf(child, decision, { stoppedByHand, warnings: all })
      })
      tell({
        children: statuses,
        processes: world.children.map((child) => processOf(child, decisions)),
        looked: true,
        up: allUp(world, decisions),
        ...documents(observation.own, observation.children),
        ...(current.trouble !== undefined && { trouble: current.trouble }),
      })
    },
    trouble(trouble) {
      if (trouble === current.trouble) return
      if (trouble === undefined) log.info({}, 'the children are looked after again')
      else if (current.trouble === undefined) {
        log.warn({ error: trouble }, 'the children cannot be looked after')
      }
      const { trouble: _, ...rest } = current
      tell({ ...rest, ...(trouble !== undefined && { trouble }) })
    },
    stopping() {
      stopping = true
      const since = new Date(now()).toISOString()
      const statuses = current.children.map((status) =>
        status.state === 'running' ? { ...status, state: 'stopping' as const, since } : status,
      )
      const processes = current.processes.map((one) =>
        one.state === 'running' ? { ...one, state: 'stopping' as const } : one,
      )
      tell({ ...current, children: statuses, processes, up: false })
    },
    stopped() {
      const processes = current.processes.map((one) =>
        one.state === 'backoff' ? one : { ...one, state: 'stopped' as const },
      )
      tell({ ...current, processes })
    },
  }
}

const processOf = (
  { settings, history }: ChildView,
  decisions: ReadonlyMap<string, Decision>,
): ChildProcess => {
  const { state = 'waiting', container } = decisions.get(settings.name) ?? {}
  const { pid, exitCode } = container ?? {}
  return {
    name: settings.name,
    state,
    failures: history.failures + history.image.failures,
    ...(pid !== undefined && { pid }),
    ...(exitCode !== undefined && { exitCode }),
  }
}
