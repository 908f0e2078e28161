import { ref } from '../openapi/schemas.ts'
import { type Call, JSON_TYPE, json, PROBLEM_TYPE, type Route } from '../route.ts'

/** Why the node is not ready; empty when it is. */
const reasons = ({ api }: Call): string[] => {
  const { phase, service_ip, children } = api.node.status()
  const down = children.filter(({ state }) => state !== 'running').map(({ name }) => name)
  return [
    ...(phase === 'up' ? [] : [`the node is ${phase}`]),
    ...(phase === 'up' && api.catalog.snapshot().stale ? ['serf does not answer'] : []),
    ...(down.length > 0 ? [`not running: ${down.join(', ')}`] : []),
    ...(service_ip === undefined && down.length === 0 ? ['its service is hidden'] : []),
  ]
}

export const healthRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    right: 'read',
    summary: 'The agent answers.',
    gives: { [JSON_TYPE]: ref('Health') },
    handle: () => json({ status: 'ok' }),
  },
  {
    method: 'GET',
    path: '/readyz',
    right: 'read',
    summary: 'The node is in its cluster, and its service is told to others.',
    gives: { [JSON_TYPE]: ref('Health') },
    also: { 503: 'It is not; `detail` says why.' },
    handle: (call) => {
      const why = reasons(call)
      if (why.length === 0) return json({ status: 'ok' })
      const problem = {
        type: 'urn:serfnode:problem:not-ready',
        title: 'Not ready',
        status: 503,
        detail: why.join('; '),
        code: 'not-ready',
      }
      return { ...json(problem), status: 503, type: PROBLEM_TYPE }
    },
  },
]
