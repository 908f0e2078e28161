import { ref } from '../openapi/schemas.ts'
import { JSON_TYPE, json, type Route } from '../route.ts'

export const handlersRoute: Route = {
  method: 'GET',
  path: '/v1/handlers',
  right: 'read',
  summary: 'The handlers of this node: runs, failures, queue, times.',
  gives: { [JSON_TYPE]: ref('Handlers') },
  handle: ({ api }) => json({ handlers: api.handlers() }),
}
