import { byRole } from '../../../catalog/oldest.ts'
import { ref } from '../openapi/schemas.ts'
import { renderedOnce } from '../rendered.ts'
import { JSON_TYPE, type Route } from '../route.ts'
import { WATCH, watched } from '../watch.ts'

const NOT_KNOWN = { 503: 'This agent has not heard of serf yet.' }

const members = renderedOnce(({ stale, self, members }) => ({ stale, self, members }))
const services = renderedOnce(({ stale, services }) => ({
  stale,
  services: [...byRole(services).values()].flat(),
}))

export const catalogRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/members',
    right: 'read',
    summary: 'All members that this node knows of, whatever their status.',
    query: WATCH,
    gives: { [JSON_TYPE]: ref('Members') },
    also: NOT_KNOWN,
    handle: (call) =>
      watched(call, 'catalog', (index) => members(call.api.catalog.snapshot(), index)),
  },
  {
    method: 'GET',
    path: '/v1/services',
    right: 'read',
    summary: 'What live members serve, by role, the oldest of each role first.',
    query: {
      role: { pattern: /^[ -~]{1,128}$/, meaning: 'Only services of this role.' },
      ...WATCH,
    },
    gives: { [JSON_TYPE]: ref('Services') },
    also: NOT_KNOWN,
    handle: (call) =>
      watched(call, 'catalog', (index) => {
        const snapshot = call.api.catalog.snapshot()
        const { role } = call.query
        if (role === undefined) return services(snapshot, index)
        const of = byRole(snapshot.services.filter((service) => service.role === role)).get(role)
        return { index, stale: snapshot.stale, services: of ?? [] }
      }),
  },
]
