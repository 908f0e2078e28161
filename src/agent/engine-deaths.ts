import { LABEL } from '../children/labels.ts'
import type { Docker } from '../docker/client.ts'
import type { ContainerSummary } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { backoffMs, pause } from '../lib/wait.ts'

/** A stream that lived this long was a good one. */
const GOOD_MS = 5_000

export type EngineDeathsOptions = {
  docker: Pick<Docker, 'events' | 'listContainers' | 'inspectContainer'>
  /** The addresses that a node's container had until it died, at this unix second. */
  onDeath(addresses: readonly string[], at: number): void
  log: Logger
  signal: AbortSignal
}

/**
 * Tells of each node of this engine that dies, at once: Serf needs seconds to miss it. Runs until
 * `signal` aborts. What happens while the engine does not answer is left to Serf.
 */
export const watchDeaths = async (options: EngineDeathsOptions): Promise<void> => {
  const { docker, onDeath, log, signal } = options
  const filters = { type: ['container'], label: [LABEL.image], event: ['start', 'die'] }
  // A dead container has no address any more, so it has to be known before.
  const places = new Map<string, string[]>()
  const lookAt = async (id: string): Promise<void> => {
    try {
      places.set(id, placesOf(await docker.inspectContainer(id)))
    } catch (error) {
      if (!isDockerError(error, 'not-found')) throw error
    }
  }
  const listen = async (until: AbortSignal): Promise<void> => {
    const stream = docker.events({ filters, signal: until })
    await stream.opened
    places.clear()
    const running = await docker.listContainers({ labels: [LABEL.image] })
    for (const node of running) places.set(node.Id, placesOf(node))
    for await (const { Action, Actor, timeNano } of stream) {
      if (Action === 'start') {
        await lookAt(Actor.ID)
        continue
      }
      onDeath(places.get(Actor.ID) ?? [], timeNano / 1e9)
      places.delete(Actor.ID)
    }
  }
  for (let failures = 0; !signal.aborted; failures++) {
    const began = performance.now()
    const attempt = new AbortController()
    try {
      await listen(AbortSignal.any([signal, attempt.signal]))
    } catch (error) {
      log.debug({ error: describeError(error) }, 'deaths of other nodes are not heard of')
    } finally {
      // A stream that nobody reads would stay open.
      attempt.abort()
    }
    if (performance.now() - began > GOOD_MS) failures = 0
    await pause(backoffMs(failures, { firstMs: 500, maxMs: 10_000 }), signal)
  }
}

/** The addresses of a node's container; none on the host's network. */
export const placesOf = ({
  NetworkSettings,
}: Pick<ContainerSummary, 'NetworkSettings'>): string[] =>
  Object.values(NetworkSettings.Networks).flatMap(({ IPAddress }) => IPAddress || [])
