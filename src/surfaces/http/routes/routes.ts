import type { Metrics } from '../metrics.ts'
import type { JsonSchema } from '../openapi/schemas.ts'
import { JSON_TYPE, json, type Route } from '../route.ts'
import { catalogRoutes } from './catalog.ts'
import { eventRoutes } from './events.ts'
import { handlersRoute } from './handlers.ts'
import { healthRoutes } from './health.ts'
import { metricsRoute } from './metrics.ts'
import { nodeRoutes } from './node.ts'
import { streamRoute } from './stream.ts'

/** All routes, once: requests, the metrics' labels and the OpenAPI description come from here. */
export const createRoutes = ({
  metrics,
  description,
}: {
  metrics: Metrics
  description: () => JsonSchema
}): readonly Route[] => [
  ...catalogRoutes,
  ...nodeRoutes,
  ...eventRoutes,
  streamRoute,
  handlersRoute,
  ...healthRoutes,
  metricsRoute(metrics),
  {
    method: 'GET',
    path: '/v1/openapi.json',
    right: 'read',
    summary: 'This description.',
    gives: { [JSON_TYPE]: { type: 'object' } },
    handle: () => json(description()),
  },
]
