import type { ChildSettings } from '../config/types.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'
import { removeWithNode } from './auto-remove.ts'
import { createBell } from './bell.ts'
import type { ChildDocker } from './docker.ts'
import { noteHand } from './hand.ts'
import { imageReady } from './history.ts'
import { childrenOf, observe } from './observe.ts'
import { findOrphans, orphansOf, removeOrphans } from './orphans.ts'
import { plan } from './plan.ts'
import { historyOf, type Memory, takeStock } from './roster.ts'
import { atMost, RETRY_MS, stopInReverse } from './stop.ts'
import { createTasks } from './tasks.ts'
import { engineTime, isUp, type NodeFacts, seen } from './types.ts'
import { type ChildrenView, createViews } from './view.ts'
import { watchContainers } from './watch.ts'

export type SuperviseOptions = {
  docker: ChildDocker
  own: NodeFacts
  /** In start order. */
  children: readonly ChildSettings[]
  roles: {
    /** Whether another node serves this role now. */
    has: (role: string) => boolean
    /** Something about the roles may have changed. */
    changes?: (signal: AbortSignal) => AsyncIterable<unknown>
  }
  /** Where the service's address is: the node's own, or one of the host (SERVICE_IP). */
  advertiseAt: 'container' | 'host'
  log: Logger
  /** Ends the supervision and leaves the children as they are. */
  signal: AbortSignal
  /** Called at once, and then whenever something in the view differs. */
  onChange: (view: ChildrenView) => void
  /** Unix ms that never go back. */
  now?: () => number
  random?: () => number
  relistMs?: number
}

export type Supervisor = {
  view: () => ChildrenView
  /** Looks at the engine and the roles now. */
  wake: () => void
  /**
   * Ends the supervision and stops the children, the last first. They are kept, unless the node was
   * started with `--rm`. Never rejects.
   */
  stopAll: (options: { deadlineMs: number }) => Promise<void>
  /** Resolves when the supervision has ended; rejects only for a defect of ours. */
  done: Promise<void>
}

const SWEEPS = 3
const DOCKER_RETRY = { firstMs: 500, maxMs: 10_000 }

/**
 * Brings the node's children up and keeps them as `children` asks, adopting what a former agent
 * left. Whatever the engine answers, the supervision goes on until it is told to end.
 */
export const superviseChildren = (options: SuperviseOptions): Supervisor => {
  const { docker, own, log, roles, random } = options
  const now = options.now ?? (() => performance.timeOrigin + performance.now())
  const halt = new AbortController()
  const signal = AbortSignal.any([options.signal, halt.signal])
  const bell = createBell()
  const memory: Memory = { histories: new Map(), busy: new Map(), hands: new Map() }
  const views = createViews({ ...options, now })
  const { memberId } = own
  const onDone = bell.ring
  const tasks = createTasks({ docker, memberId, memory, log, now, random, signal, onDone })
  let sweeps = 0

  const sweep = async (): Promise<void> => {
    if (sweeps >= SWEEPS) return
    const left = orphansOf(await findOrphans(docker), own)
    const failures = await removeOrphans(docker, left, log)
    sweeps = failures.length === 0 ? SWEEPS : sweeps + 1
  }

  const round = async (): Promise<number> => {
    // First: an orphan may still use a volume that a child is about to use.
    await sweep()
    const ended = tasks.ended()
    const observation = await observe(docker, own.containerId, options.children)
    await lookForImages(docker, options.children, memory)
    signal.throwIfAborted()
    // A step that ended meanwhile is not in what was seen: it would be planned a second time.
    if (tasks.ended() !== ended) return now()
    const context = { ...options, memory, now: now(), hasRole: roles.has }
    const world = takeStock(observation, context)
    const { decisions, steps, wakeAt } = plan(world)
    views.show(world, decisions, observation, tasks.warnings)
    for (const step of steps) tasks.begin(step, observation.own)
    return wakeAt
  }

  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      let waitMs = options.relistMs ?? 10_000
      try {
        const wakeAt = await round()
        waitMs = Math.min(waitMs, Math.max(0, wakeAt - now()))
        failures = 0
        views.trouble(undefined)
      } catch (error) {
        if (signal.aborted) return
        views.trouble(describeError(error))
        waitMs = backoffMs(failures++, DOCKER_RETRY, random)
      }
      await bell.wait(waitMs, signal)
    }
  }

  const watching = watchContainers(docker, {
    owner: own.containerId,
    since: engineTime(own.inspect.State.StartedAt) / 1000,
    onOpen: bell.ring,
    onEvent: (event) => {
      noteHand(memory.hands, event, tasks.isOurs)
      bell.ring()
    },
    log,
    signal,
  })
  const followRoles = async (): Promise<void> => {
    for await (const _ of roles.changes?.(signal) ?? []) bell.ring()
  }
  const done = Promise.all([run(), watching, followRoles()]).then(() => tasks.settled())
  done.catch(() => {
    // Whoever waits for `done` gets it; stopAll only needs the end.
  })

  const stopAll: Supervisor['stopAll'] = async ({ deadlineMs }) => {
    const until = now() + deadlineMs
    halt.abort(new Error('the node stops'))
    views.stopping()
    // A start under way is let through: cut off, it would come up after the list below.
    await atMost(
      done.catch(() => {}),
      deadlineMs / 4,
    )
    try {
      await stopUntilNoneIsUp(until)
    } catch (error) {
      log.error({ error: describeError(error) }, 'the children cannot be stopped')
      return
    }
    views.stopped()
    log.info({ ms: Math.round(now() - until + deadlineMs) }, 'the children are stopped')
    await atMost(removeWithNode(docker, own.containerId, log), until - now())
  }

  const stopUntilNoneIsUp = async (until: number): Promise<void> => {
    const order = new Map(options.children.map(({ name }, at) => [name, at]))
    const place = (name: string) => order.get(name) ?? Number.POSITIVE_INFINITY
    let failure: unknown
    do {
      try {
        const children = await atMost(childrenOf(docker, own.containerId), until - now())
        if (!children) throw new Error('the engine does not answer in time')
        const up = children
          .map(seen)
          .filter((one) => isUp(one) || one.status === 'paused')
          .sort((a, b) => place(a.child) - place(b.child) || 0)
        if (up.length === 0) return
        await stopInReverse(docker, up, { until, now })
        failure = new Error('not all ended in time')
      } catch (error) {
        failure = error
        await pause(RETRY_MS)
      }
    } while (now() < until)
    throw failure
  }

  return { view: views.current, wake: bell.ring, stopAll, done }
}

/** An image that came some other way, such as `docker build`, ends the wait for the next pull. */
const lookForImages = async (
  docker: Pick<ChildDocker, 'inspectImage'>,
  children: readonly ChildSettings[],
  memory: Memory,
): Promise<void> => {
  for (const { name, image } of children) {
    const history = historyOf(memory, name)
    const missing = history.image.failures > 0 && !memory.busy.has(name)
    if (missing && (await docker.inspectImage(image))) {
      memory.histories.set(name, imageReady(history))
    }
  }
}
