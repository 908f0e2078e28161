import type { ChildState, ChildView, Decision } from './plan.ts'
import { containerName } from './wanted.ts'

/** One child as `serfnode ps` shows it; times in ISO 8601. */
export type ChildStatus = {
  name: string
  container: string
  image: string
  state: ChildState
  /** In this state since. */
  since: string
  /** By this agent. */
  restarts: number
  /** Why it last ended, could not start, or was started again. */
  last_reason?: string
  next_try?: string
  /** `role mysql`, `child db`. */
  waiting_for?: string[]
  warnings: string[]
}

/** The status of one child; `before` is what was shown last. */
export const childStatus = (
  { settings, history, wanted }: ChildView,
  decision: Decision,
  context: {
    now: number
    nodeContainer: string
    stoppedByHand: boolean
    warnings: readonly string[]
    before?: ChildStatus
  },
): ChildStatus => {
  const { now, before } = context
  const imageReason = history.image.reason
  const reason = context.stoppedByHand ? 'stopped by hand' : (imageReason ?? history.reason)
  return {
    name: settings.name,
    container: decision.container?.name ?? containerName(settings.name, context.nodeContainer),
    image: settings.image,
    state: decision.state,
    since: since(decision, now, before),
    restarts: history.restarts,
    ...(reason !== undefined && { last_reason: reason }),
    ...(decision.nextTry !== undefined && { next_try: iso(decision.nextTry) }),
    ...(decision.waitingFor && { waiting_for: decision.waitingFor }),
    warnings: [...(wanted?.warnings ?? []), ...context.warnings],
  }
}

const since = ({ state, container }: Decision, now: number, before?: ChildStatus): string => {
  if (state === 'running' && container) return iso(container.startedAt)
  return before?.state === state ? before.since : iso(now)
}

const iso = (ms: number): string => new Date(ms).toISOString()
