import type { Metrics } from '../metrics.ts'
import type { Route } from '../route.ts'

export const metricsRoute = (metrics: Metrics): Route => ({
  method: 'GET',
  path: '/metrics',
  right: 'read',
  summary: 'The numbers of this node for Prometheus.',
  gives: { 'text/plain': { type: 'string' } },
  handle: async () => ({ type: metrics.type, body: await metrics.text() }),
})
