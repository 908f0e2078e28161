import type { DockerEvent } from '../docker/events.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'
import type { ChildDocker } from './docker.ts'
import { LABEL } from './labels.ts'

const ACTIONS = [
  ...['create', 'start', 'pause', 'unpause', 'kill', 'die', 'stop', 'destroy', 'rename', 'oom'],
  'health_status',
]
const OVERLAP_S = 5
const REMEMBERED = 512
// A stream that lived this long was a good one.
const GOOD_MS = 5000

/**
 * Hands over what happens to the containers of `owner`, each event once, until `signal` aborts. A
 * broken stream is opened again from where it broke; `onOpen` is the time to list, since the
 * engine keeps only its last 256 events.
 */
export const watchContainers = async (
  docker: Pick<ChildDocker, 'events'>,
  options: {
    owner: string
    /** Unix seconds. */
    since: number
    onOpen: () => void
    onEvent: (event: DockerEvent) => void
    log: Logger
    signal: AbortSignal
  },
): Promise<void> => {
  const { owner, onOpen, onEvent, log, signal } = options
  const known = new Set<string>()
  let since = options.since
  for (let failures = 0; !signal.aborted; failures += 1) {
    const filters = { type: ['container'], label: [`${LABEL.owner}=${owner}`], event: ACTIONS }
    const stream = docker.events({ filters, since, signal })
    const start = performance.now()
    stream.opened.then(onOpen, () => {
      // The iteration below fails with the same error.
    })
    try {
      for await (const event of stream) {
        since = Math.max(options.since, event.timeNano / 1e9 - OVERLAP_S)
        const key = `${event.timeNano} ${event.Action} ${event.Actor.ID}`
        if (remember(known, key)) onEvent(event)
      }
    } catch (error) {
      // The list that is made now and then carries on without events: this is no alarm.
      log.debug({ error: describeError(error) }, "the engine's events broke off")
    }
    if (performance.now() - start > GOOD_MS) failures = 0
    await pause(backoffMs(failures, { firstMs: 200, maxMs: 10_000 }), signal)
  }
}

const remember = (known: Set<string>, key: string): boolean => {
  if (known.has(key)) return false
  known.add(key)
  const [oldest] = known
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
  return true
}
