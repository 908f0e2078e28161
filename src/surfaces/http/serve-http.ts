import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { backoffMs, pause } from '../../lib/wait.ts'
import { createDispatch } from './dispatch.ts'
import { type Limits, listen, type Place } from './listener.ts'
import { createLive } from './live.ts'
import { createMetrics } from './metrics.ts'
import type { NodeApi } from './node-api.ts'
import { openApi } from './openapi/document.ts'
import type { Right } from './right.ts'
import { createRouter } from './router.ts'
import { createRoutes } from './routes/routes.ts'

/** One place where the API is served. */
export type Listen = {
  /** In messages: `control socket`. */
  name: string
  place: Place
  /** The setting that moves it. */
  setting?: string
  right: Right
  /** Names that a Host may have besides addresses and localhost; absent: any. */
  hosts?: readonly string[]
  /** Who calls must bring it. */
  token?: string
  limits?: Partial<Limits>
}

export type ServeHttpOptions = {
  api: NodeApi
  listen: readonly Listen[]
  /** What is wrong with a place, told when it changes; undefined: it listens. */
  onProblem(name: string, problem: string | undefined): void
  log: Logger
  signal: AbortSignal
}

const LIMITS: Limits = {
  connections: 256,
  perSource: 256,
  headersMs: 5_000,
  requestMs: 15_000,
  stalledMs: 10_000,
}
const RETRY = { firstMs: 500, maxMs: 10_000 }

/**
 * The node over HTTP. A place that cannot be listened at is said, tried again, and no harm to the
 * others. Returns on abort; throws when the catalog, the node or the history ends.
 */
export const serveHttp = async (options: ServeHttpOptions): Promise<void> => {
  const { api, log, onProblem } = options
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const live = createLive(api)
  const metrics = createMetrics(api)
  const routes = createRoutes({ metrics, description: () => openApi(routes, api) })
  const shared = { api, live, metrics, find: createRouter(routes), log }

  const keepListening = async ({ name, place, setting, ...rights }: Listen) => {
    const limits = { ...LIMITS, ...rights.limits }
    const dispatch = createDispatch(shared, { ...rights, ...limits })
    // Null: nothing yet, not even that it is well.
    let said: string | undefined | null = null
    const tell = (problem: string | undefined): void => {
      if (problem !== said) onProblem(name, problem)
      said = problem
    }
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await listen({
          place,
          limits,
          signal,
          onRequest: (request, response) => void dispatch(request, response),
          onListening: () => {
            failures = 0
            tell(undefined)
            log.info({ ...place, right: rights.right }, `http: ${name}`)
          },
        })
      } catch (error) {
        if (signal.aborted) return
        tell(problemOf({ name, place, setting }, error))
      }
      await pause(backoffMs(failures, RETRY), signal)
    }
  }

  const serving = Promise.all(options.listen.map(keepListening))
  try {
    await live.run(signal)
  } finally {
    failed.abort()
    await serving
  }
}

const problemOf = (
  { name, place, setting }: Pick<Listen, 'name' | 'place'> & { setting: string | undefined },
  error: unknown,
): string => {
  const { code } = error as NodeJS.ErrnoException
  if (!('port' in place) || code !== 'EADDRINUSE') return `http: ${name}: ${describeError(error)}`
  const who = "a child has it or, on the host's network, another program or node"
  return `http: port ${place.port} is taken (${who}): the API is not there; free it or give another ${setting}`
}
