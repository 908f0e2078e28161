import type { ChildSettings } from '../config/types.ts'
import type { Hand } from './hand.ts'
import { type History, isSteady, STEADY_MS } from './history.ts'
import { isDonor } from './observe.ts'
import { isUp, type Seen } from './types.ts'
import type { Wanted } from './wanted.ts'

export type ChildState =
  | 'waiting'
  | 'pulling'
  | 'starting'
  | 'running'
  | 'paused'
  | 'backoff'
  | 'stopping'
  | 'stopped'

/** A step that is being done for a child. */
export type Busy = { state: 'pulling' | 'starting' | 'stopping'; since: number }

/** All that is known of one child. `wanted` is absent while one it takes volumes from is. */
export type ChildView = {
  settings: ChildSettings
  wanted?: Wanted
  /** Instead of `wanted`: whose volumes it takes, and who is not there. */
  missing?: readonly string[]
  containers: Seen[]
  history: History
  busy?: Busy
}

export type World = {
  now: number
  /** When the node's container started: a child that runs since before has lost its network. */
  nodeStartedAt: number
  /** In start order. */
  children: ChildView[]
  /** Ours by label, but of no child that is wanted. */
  unwanted: Seen[]
  hands: ReadonlyMap<string, Hand>
  hasRole: (role: string) => boolean
}

export type Step =
  | { type: 'create'; child: string; settings: ChildSettings; wanted: Wanted; replaces: Seen[] }
  | { type: 'start'; child: string; container: Seen }
  | { type: 'reattach'; child: string; container: Seen }
  | { type: 'remove'; child: string; container: Seen }

/** What a child is in, and what is to be done about it now. */
export type Decision = {
  state: ChildState
  container?: Seen
  step?: Step
  waitingFor?: string[]
  nextTry?: number
  /** When time alone may change this decision. */
  wakeAt?: number
}

export type Plan = { decisions: Map<string, Decision>; steps: Step[]; wakeAt: number }

// A registry that hangs must not keep the children after it from starting.
const HOLD_FOR_PULL_MS = 60_000

/** Compares what is wanted with what is, and says what to do now. */
export const plan = (world: World): Plan => {
  const decisions = new Map<string, Decision>()
  let held: string | undefined
  for (const child of world.children) {
    const decision = decide(child, world, held)
    decisions.set(child.settings.name, decision)
    if (holdsNext(child, decision, world.now)) held ??= child.settings.name
  }
  const all = [...decisions.values()]
  return {
    decisions,
    steps: [...removals(world, decisions), ...all.flatMap(({ step }) => step ?? [])],
    wakeAt: Math.min(...all.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY)),
  }
}

/** Of several containers of one child: the one that is up, then the one that is right, then the oldest. */
export const keeper = ({ containers, wanted }: ChildView): Seen | undefined =>
  [...containers].sort(
    (a, b) =>
      Number(isUp(b)) - Number(isUp(a)) ||
      Number(b.spec === wanted?.spec) - Number(a.spec === wanted?.spec) ||
      a.createdAt - b.createdAt,
  )[0]

const decide = (child: ChildView, world: World, held: string | undefined): Decision => {
  const container = keeper(child)
  if (child.busy)
    return { ...whileBusy(child, child.busy, world.now), ...(container && { container }) }
  if (!container) return begin(child, world, held)
  const decision = isRight(child, container)
    ? keep(child, container, world, held)
    : replace(child, container, world, held)
  return { container, ...decision }
}

const whileBusy = ({ history }: ChildView, { state, since }: Busy, now: number): Decision => ({
  // A child that runs on while its successor's image is pulled is running.
  state: state === 'pulling' && history.run ? 'running' : state,
  ...(state === 'pulling' &&
    since + HOLD_FOR_PULL_MS > now && { wakeAt: since + HOLD_FOR_PULL_MS }),
})

/** A container whose wish cannot be told yet is left as it is. */
const isRight = ({ wanted }: ChildView, container: Seen): boolean =>
  container.status !== 'dead' && (!wanted || container.spec === wanted.spec)

const keep = (child: ChildView, container: Seen, world: World, held?: string): Decision => {
  const { name } = child.settings
  const { history } = child
  switch (container.status) {
    case 'paused':
      return { state: 'paused' }
    case 'removing':
    case 'dead':
      return { state: 'stopping' }
    case 'running':
    case 'restarting': {
      const stale = container.startedAt < world.nodeStartedAt
      if (!stale || history.reattached === container.id) return running(history, world.now)
      if (history.notBefore > world.now) return backoff(history.notBefore)
      return { state: 'starting', step: { type: 'reattach', child: name, container } }
    }
    case 'created':
    case 'exited': {
      if (world.hands.get(container.id) === 'stopped') return { state: 'stopped' }
      const gate = gateOf(child, world, held) ?? later(history.notBefore, world.now)
      return gate ?? { state: 'starting', step: { type: 'start', child: name, container } }
    }
  }
}

const running = (history: History, now: number): Decision => {
  if (!history.run) return { state: 'running' }
  const { since, upAt } = history.run
  const steadyAt = history.failures > 0 ? since + STEADY_MS : 0
  const wakeAt = [upAt, steadyAt].filter((at) => at > now).sort((a, b) => a - b)[0]
  return { state: 'running', ...(wakeAt !== undefined && { wakeAt }) }
}

/** The old container stays up until the new one can be made. */
const replace = (child: ChildView, old: Seen, world: World, held?: string): Decision => {
  const decision = begin(child, world, held)
  return decision.step || !isUp(old) ? decision : { ...decision, state: 'running' }
}

const begin = (child: ChildView, world: World, held?: string): Decision => {
  const { history, wanted, containers, settings } = child
  const gate =
    gateOf(child, world, held) ??
    later(Math.max(history.notBefore, history.image.notBefore), world.now)
  if (gate) return gate
  if (!wanted) {
    const waitingFor = child.missing?.map((from) => {
      return isDonor(from) ? from.replace(':', ' ') : `the volumes of child ${from}`
    })
    return { state: 'waiting', waitingFor: waitingFor ?? [] }
  }
  return {
    state: 'starting',
    step: { type: 'create', child: settings.name, settings, wanted, replaces: containers },
  }
}

/** What a first start waits for: siblings, roles, then those before it in the list. */
const gateOf = (child: ChildView, world: World, held?: string): Decision | undefined => {
  const { settings, history } = child
  if (history.started) return undefined
  const started = (name: string) =>
    world.children.some((other) => other.settings.name === name && other.history.started)
  const givers = settings.volumes_from.filter((from) => !isDonor(from))
  const siblings = [...givers, ...settings.links.map((link) => link.child)]
    .filter((name) => name !== settings.name && !started(name))
    .map((name) => `child ${name}`)
  const roles = settings.needs.filter((role) => !world.hasRole(role)).map((role) => `role ${role}`)
  const waitingFor = [...new Set([...siblings, ...roles])]
  if (waitingFor.length === 0 && held !== undefined) waitingFor.push(`child ${held}`)
  return waitingFor.length > 0 ? { state: 'waiting', waitingFor } : undefined
}

const later = (at: number, now: number): Decision | undefined =>
  at > now ? backoff(at) : undefined

const backoff = (at: number): Decision => ({ state: 'backoff', nextTry: at, wakeAt: at })

/** In the first round a child goes after the ones before it, unless those cannot start now. */
const holdsNext = ({ history, busy }: ChildView, decision: Decision, now: number): boolean => {
  if (history.started) return false
  if (busy?.state === 'pulling') return now - busy.since < HOLD_FOR_PULL_MS
  return busy !== undefined || decision.step !== undefined
}

const removals = (world: World, decisions: Map<string, Decision>): Step[] => {
  const spare = world.children.flatMap((child) => {
    const { container, step } = decisions.get(child.settings.name) ?? {}
    // What is being replaced goes with its replacement.
    if (child.busy || step?.type === 'create') return []
    return child.containers.filter(({ id }) => id !== container?.id)
  })
  return [...spare, ...world.unwanted]
    .filter(({ status }) => status !== 'removing')
    .map((container) => ({ type: 'remove', child: container.child, container }))
}

/** Whether every child is up, so that the node's service may be told to others. */
export const allUp = (
  { children, now }: Pick<World, 'children' | 'now'>,
  decisions: Plan['decisions'],
): boolean =>
  children.every(
    ({ settings, history }) =>
      decisions.get(settings.name)?.state === 'running' && isSteady(history, now),
  )
