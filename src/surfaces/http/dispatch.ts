import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeError, SerfnodeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { createGuard, type GuardOptions } from './guard.ts'
import { HttpError } from './http-error.ts'
import type { Live } from './live.ts'
import type { Metrics } from './metrics.ts'
import type { NodeApi } from './node-api.ts'
import { problemHeaders, problemOf } from './problem.ts'
import { readQuery } from './query.ts'
import { hasBody, readJson } from './read-body.ts'
import { allows, type Right } from './right.ts'
import { type Answer, type Call, json, PROBLEM_TYPE, type Route } from './route.ts'
import type { createRouter } from './router.ts'
import { send } from './send.ts'

const URL_LIMIT = 2_048

export type DispatchOptions = {
  api: NodeApi
  live: Live
  metrics: Metrics
  find: ReturnType<typeof createRouter>
  log: Logger
}

/** One request from its first check to the last byte of its answer; never rejects. */
export const createDispatch = (
  { api, live, metrics, find, log }: DispatchOptions,
  { right, stalledMs, ...guarded }: GuardOptions & { right: Right; stalledMs: number },
) => {
  const guard = createGuard(guarded)

  const handle = async (
    request: IncomingMessage,
    signal: AbortSignal,
    found: (route: Route) => void,
  ): Promise<Answer> => {
    const { method = '', url = '', headers } = request
    if (url.length > URL_LIMIT) {
      throw new HttpError('url-size', `an address may have ${URL_LIMIT} characters at most`)
    }
    guard(headers)
    const at = url.indexOf('?')
    const { route, params } = find(method, at < 0 ? url : url.slice(0, at))
    found(route)
    if (!allows(right, route.right)) {
      throw new HttpError(
        'forbidden',
        `this needs the right "${route.right}", and "${right}" is given here; see docs/api.md`,
      )
    }
    const query = readQuery(at < 0 ? '' : url.slice(at + 1), route.query ?? {})
    if (!route.takes && hasBody(request)) {
      throw new HttpError('json', `${method} ${route.path} takes no body`)
    }
    const call: Call = {
      api,
      live,
      params,
      query,
      header: (name) => headers[name]?.toString(),
      body: route.takes ? await readJson(request) : undefined,
      signal,
    }
    return route.handle(call)
  }

  const refusal = (error: unknown, request: IncomingMessage): Answer => {
    const problem = problemOf(error)
    if (!(error instanceof SerfnodeError)) {
      log.error({ path: request.url?.slice(0, 200), error: describeError(error) }, 'http: failed')
    }
    // What is left of a body that nobody reads would be taken for the next request.
    const isRestLeft = hasBody(request) && !request.complete
    const headers = { ...problemHeaders(error), ...(isRestLeft && { connection: 'close' }) }
    return { ...json(problem), status: problem.status, type: PROBLEM_TYPE, headers }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now()
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    // A reader that resets its connection is no failure of ours.
    response.on('error', () => gone.abort())
    let path = 'none'
    let waits = false
    const answer = await handle(request, gone.signal, (route) => {
      path = route.path
      waits = request.url?.includes('watch=') ?? false
    }).catch((error: unknown) => refusal(error, request))
    const withoutBody = request.method === 'HEAD'
    const isStream = typeof answer.body === 'object' && Symbol.asyncIterator in answer.body
    try {
      await send(response, answer, { withoutBody, stalledMs })
    } catch (error) {
      // The answer has begun: all that is left is to break it off, so that it is not taken as whole.
      log.warn({ path, error: describeError(error) }, 'http: broken off')
      response.destroy()
    }
    const seconds = waits || isStream ? undefined : (performance.now() - began) / 1000
    metrics.answered(path, answer.status ?? 200, seconds)
  }
}
