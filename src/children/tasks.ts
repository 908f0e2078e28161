import { engineAdvice } from '../docker/advice.ts'
import type { ContainerInspect } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import type { ChildDocker } from './docker.ts'
import { ChildError } from './errors.ts'
import { failed, type History, imageFailed, imageReady } from './history.ts'
import type { Step } from './plan.ts'
import { historyOf, type Memory } from './roster.ts'
import { doStep } from './steps.ts'

// The engine's event of what we did comes a little after its answer.
const OURS_MS = 2000
const REMOVE_AGAIN_MS = 5000

export type Tasks = {
  /** Starts the step unless one is under way for the same thing. */
  begin: (step: Step, own: ContainerInspect) => void
  /** Whether we are stopping, restarting or removing this container, or just did. */
  isOurs: (containerId: string) => boolean
  warnings: (child: string) => string[]
  /** How many steps have ended. */
  ended: () => number
  settled: () => Promise<void>
}

/** The steps under way, at most one a child, and what their outcomes leave in the memory. */
export const createTasks = (options: {
  docker: ChildDocker
  /** Of the node; `id` in the files. */
  memberId: string
  memory: Memory
  log: Logger
  now: () => number
  random?: (() => number) | undefined
  signal: AbortSignal
  /** A step ended, or came to another state. */
  onDone: () => void
}): Tasks => {
  const { docker, memberId, memory, log, now, random, signal, onDone } = options
  const running = new Set<Promise<void>>()
  const oursUntil = new Map<string, number>()
  const warnings = new Map<string, Map<string, string>>()
  let ended = 0

  const change = (child: string, by: (history: History) => History): void => {
    memory.histories.set(child, by(historyOf(memory, child)))
  }
  const warn = (child: string, topic: string, text?: string): void => {
    const topics = warnings.get(child) ?? new Map<string, string>()
    if (text === undefined) topics.delete(topic)
    else topics.set(topic, text)
    warnings.set(child, topics)
  }

  const work = async (step: Step, key: string, own: ContainerInspect): Promise<void> => {
    const { child } = step
    const handled: string[] = []
    const name = step.type === 'remove' ? step.container.name : child
    try {
      if (step.type === 'start' || step.type === 'reattach') change(child, asked)
      await doStep(step, {
        docker,
        memberId,
        own,
        imageReady: historyOf(memory, child).image.ready,
        signal,
        onState: (state) => {
          memory.busy.set(key, { state, since: now() })
          onDone()
        },
        onImage: () => change(child, imageReady),
        onWarning: (topic, text) => warn(child, topic, text),
        onHand: (id) => {
          handled.push(id)
          oursUntil.set(id, Number.POSITIVE_INFINITY)
        },
      })
      change(child, (history) => outcome(history, step))
      const message = done(step)
      if (message) log.info({ child, step: step.type }, message)
    } catch (error) {
      if (signal.aborted) return
      if (step.type === 'remove') {
        log.warn({ container: name, error: describeError(error) }, 'not removed; tried again')
        await pause(REMOVE_AGAIN_MS, signal)
      } else {
        const advice = engineAdvice(error)
        const reason = advice ? `${describeError(error)} (${advice})` : describeError(error)
        // The image may have gone since it was last asked for.
        const isLost = step.type === 'create' && isDockerError(error, 'not-found')
        if (isLost) change(child, (history) => imageReady(history, false))
        const note = error instanceof ChildError && error.code === 'image' ? imageFailed : failed
        change(child, (history) => note(history, reason, { now: now(), random }))
      }
    } finally {
      for (const id of handled) oursUntil.set(id, now() + OURS_MS)
    }
  }

  return {
    begin(step, own) {
      const key = step.type === 'remove' ? step.container.id : step.child
      if (memory.busy.has(key)) return
      memory.busy.set(key, { state: 'starting', since: now() })
      const task = work(step, key, own).finally(() => {
        memory.busy.delete(key)
        ended++
        running.delete(task)
        onDone()
      })
      running.add(task)
    },
    isOurs(id) {
      const until = oursUntil.get(id)
      if (until !== undefined && until < now()) oursUntil.delete(id)
      return oursUntil.has(id)
    },
    warnings: (child) => [...(warnings.get(child)?.values() ?? [])],
    ended: () => ended,
    async settled() {
      await Promise.all(running)
    },
  }
}

const asked = (history: History): History => ({ ...history, asked: true })

const outcome = (history: History, step: Step): History => {
  switch (step.type) {
    case 'create': {
      const reason = step.replaces.length > 0 ? CHANGED : 'its container was removed'
      // The next create asks for the image again: it may have been removed, or be newer.
      return imageReady(history.started ? because(history, reason) : history, false)
    }
    case 'reattach':
      return { ...because(history, 'its node has a new network'), reattached: step.container.id }
    default:
      return history
  }
}

const CHANGED = 'made anew, since it changed'

/** Why we start it again though it did not fail; a failure that goes on is the better reason. */
const because = (history: History, reason: string): History =>
  history.failures > 0 ? history : { ...history, reason }

/** What the child's own change of state does not tell. */
const done = (step: Step): string | undefined => {
  switch (step.type) {
    case 'start':
      return undefined
    case 'create':
      return step.replaces.length > 0 ? `child ${step.child}: ${CHANGED}` : undefined
    case 'reattach':
      return `child ${step.child}: restarted, since the network of its node is a new one`
    case 'remove':
      return `removed ${step.container.name}, which is not wanted`
  }
}
