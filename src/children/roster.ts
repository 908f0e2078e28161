import type { ChildSettings } from '../config/types.ts'
import type { Hand } from './hand.ts'
import { type History, newHistory, sawExit, sawRunning } from './history.ts'
import type { Observation } from './observe.ts'
import { type Busy, type ChildView, keeper, type World } from './plan.ts'
import { shareableMounts } from './shareable.ts'
import { engineTime, isUp, type NodeFacts, type Seen, seen } from './types.ts'
import { wantedContainer } from './wanted.ts'

/** What the agent remembers from one look at the engine to the next. */
export type Memory = {
  histories: Map<string, History>
  /** By child, or by container for one that is only removed. */
  busy: Map<string, Busy>
  /** By container. */
  hands: Map<string, Hand>
}

type Context = {
  children: readonly ChildSettings[]
  own: NodeFacts
  memory: Memory
  now: number
  random?: (() => number) | undefined
  hasRole: (role: string) => boolean
}

/** Puts what the engine shows beside what is wanted, and enters it into the memory. */
export const takeStock = (observation: Observation, context: Context): World => {
  const { children, memory, now, hasRole } = context
  const own = { ...context.own, inspect: observation.own }
  const nodeStartedAt = engineTime(observation.own.State.StartedAt)
  const all = observation.children.map(seen)
  const of = (name: string) => all.filter(({ child }) => child === name)

  const views = children.map((settings): ChildView => {
    const { name } = settings
    const view = {
      settings,
      ...wantedOrMissing(settings, own, observation),
      containers: of(name),
      history: historyOf(memory, name),
    }
    const busy = memory.busy.get(name)
    const history = remember(view.history, keeper(view), {
      ...context,
      nodeStartedAt,
      hands: memory.hands,
      busy: busy !== undefined,
    })
    memory.histories.set(name, history)
    return { ...view, history, ...(busy && { busy }) }
  })
  const names = new Set(children.map(({ name }) => name))
  const unwanted = all.filter(({ child }) => !names.has(child))
  return { now, nodeStartedAt, children: views, unwanted, hands: memory.hands, hasRole }
}

export const historyOf = (memory: Memory, name: string): History =>
  memory.histories.get(name) ?? newHistory()

const remember = (
  history: History,
  container: Seen | undefined,
  context: {
    now: number
    random?: (() => number) | undefined
    nodeStartedAt: number
    hands: ReadonlyMap<string, Hand>
    busy: boolean
  },
): History => {
  if (container && isUp(container)) return sawRunning(history, container, context)
  // An end in the middle of our own step is that step's doing.
  if (context.busy || container?.status !== 'exited') return history
  return sawExit(history, container, { ...context, hand: context.hands.get(container.id) })
}

/** What is wanted, or which containers are missing that it takes volumes from. */
const wantedOrMissing = (
  settings: ChildSettings,
  own: NodeFacts,
  { children, donors }: Observation,
): Pick<ChildView, 'wanted' | 'missing'> => {
  const givers = new Map([
    ...children.map((one) => [seen(one).child, one.Mounts] as const),
    ...[...donors].map(([name, one]) => [name, shareableMounts(one.Mounts, own)] as const),
  ])
  const missing = settings.volumes_from.filter((name) => !givers.has(name))
  return missing.length > 0
    ? { wanted: undefined, missing }
    : { wanted: wantedContainer(settings, own, givers) }
}
