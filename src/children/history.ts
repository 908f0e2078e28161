import { backoffMs } from '../lib/wait.ts'
import { exitReason } from './exit-reason.ts'
import type { Hand } from './hand.ts'
import type { Seen } from './types.ts'

const RESTART = { firstMs: 100, maxMs: 60_000 }
const IMAGE = { firstMs: 10_000, maxMs: 300_000 }
/** Up this long, a child has recovered. */
export const STEADY_MS = 10_000
// A kill may be the first half of `docker stop`, whose own event comes after the death.
const KILLED_HOLD_MS = 500
// At our own start the engine's replay of past events may still be under way.
const ADOPTED_HOLD_MS = 300
const SETTLE_MS = 300

/** What this agent remembers of one child; times in its own clock's ms. */
export type History = {
  /** It ran once in this agent's life: order and needs hold it no longer. */
  started: boolean
  /** Exits and failed starts in a row. */
  failures: number
  /** Starts by us after the first. */
  restarts: number
  /** The last wait. */
  heldMs: number
  notBefore: number
  /** Why it last ended, could not start, or was started again. */
  reason?: string
  /** The exit that is counted already. */
  counted?: string
  /** The run that is on, since when, and from when it counts as up. */
  run?: { key: string; since: number; upAt: number }
  /** We asked for the start that comes into view next. */
  asked: boolean
  /** The container that got the node's new network already. */
  reattached?: string
  image: { ready: boolean; failures: number; notBefore: number; reason?: string }
}

export const newHistory = (): History => ({
  started: false,
  failures: 0,
  restarts: 0,
  heldMs: 0,
  notBefore: 0,
  asked: false,
  image: { ready: false, failures: 0, notBefore: 0 },
})

type Clock = { now: number; random?: (() => number) | undefined }

/**
 * The container is up. It counts as up for others after it has run as long as it was held back
 * last time, so that a crash loop does not flicker in the catalog; one we only found counts at once.
 */
export const sawRunning = (history: History, container: Seen, { now }: Clock): History => {
  const key = `${container.id} ${container.startedAt}`
  if (history.run?.key === key) {
    const steady = now - history.run.since >= STEADY_MS
    return steady && history.failures > 0 ? { ...history, failures: 0, heldMs: 0 } : history
  }
  const settleMs = history.asked ? clamp(history.heldMs, SETTLE_MS, STEADY_MS) : 0
  const run = { key, since: now, upAt: now + settleMs }
  return { ...ran(history), run }
}

/** The container is down. An end before the node's own start was the node's doing: no failure. */
export const sawExit = (
  history: History,
  container: Seen,
  { now, random, nodeStartedAt, hand }: Clock & { nodeStartedAt: number; hand?: Hand | undefined },
): History => {
  const counted = `${container.id} ${container.finishedAt}`
  const down = withoutRun(history)
  const old = container.finishedAt <= nodeStartedAt
  if (history.counted === counted || old || hand === 'stopped') return down
  const isOurRun = history.asked || history.started
  const long = container.finishedAt - container.startedAt >= STEADY_MS
  const atLeastMs = hand === 'killed' ? KILLED_HOLD_MS : isOurRun ? 0 : ADOPTED_HOLD_MS
  const from = { ...ran(down), counted, ...(long && { failures: 0 }) }
  return failed(from, exitReason(container), { now, random, atLeastMs })
}

/** A start that the engine refused, or an exit: wait before the next try. */
export const failed = (
  history: History,
  reason: string,
  { now, random, atLeastMs = 0 }: Clock & { atLeastMs?: number },
): History => {
  const heldMs = Math.max(atLeastMs, backoffMs(history.failures, RESTART, random))
  return {
    ...withoutRun(history),
    failures: history.failures + 1,
    heldMs,
    notBefore: now + heldMs,
    reason,
    asked: false,
  }
}

export const imageFailed = (history: History, reason: string, { now, random }: Clock): History => {
  const { failures } = history.image
  const notBefore = now + backoffMs(failures, IMAGE, random)
  return { ...history, image: { ready: false, failures: failures + 1, notBefore, reason } }
}

/** The image is there: the next create need not ask for it again. */
export const imageReady = (history: History, ready = true): History => ({
  ...history,
  image: { ready, failures: 0, notBefore: 0 },
})

/** Whether the child counts as up at `now`. */
export const isSteady = ({ run }: History, now: number): boolean =>
  run !== undefined && now >= run.upAt

/** It came up, if only for a moment. */
const ran = (history: History): History => ({
  ...history,
  started: true,
  asked: false,
  restarts: history.restarts + (history.asked && history.started ? 1 : 0),
})

const withoutRun = ({ run: _, ...history }: History): History => history

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value))
