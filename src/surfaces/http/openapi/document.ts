import type { NodeApi } from '../node-api.ts'
import { JSON_TYPE, PROBLEM_TYPE, type Route } from '../route.ts'
import { type JsonSchema, ref, schemas } from './schemas.ts'

/** The description of all routes, OpenAPI 3.1, made of their table. */
export const openApi = (routes: readonly Route[], api: NodeApi): JsonSchema => {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Serfnode',
      version: api.node.status().version,
      description:
        'One node of a cluster: who is in it, what they serve, what happens, and the children that the node runs. What an operation needs stands in `x-right`: `read`, `events` or `control`.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'At a published port only.' },
      },
    },
    security: [{}, { token: [] }],
  }
}

const operation = (route: Route): object => ({
  operationId: nameOf(route),
  summary: route.summary,
  'x-right': route.right,
  parameters: [
    ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...Object.entries(route.query ?? {}).map(([name, { pattern, meaning }]) => ({
      name,
      in: 'query',
      description: meaning,
      schema: { type: 'string', pattern: pattern.source },
    })),
  ],
  ...(route.takes && {
    requestBody: { required: true, content: { [JSON_TYPE]: { schema: route.takes } } },
  }),
  responses: responses(route),
})

const responses = ({ query, gives, also = {} }: Route): object => {
  const kinds = Object.entries(gives).map(([type, schema]) => [type, { schema }] as const)
  const problem = { [PROBLEM_TYPE]: { schema: ref('Problem') } }
  const others = Object.entries(also).map(([status, description]) => [
    status,
    { description, ...(Number(status) >= 400 && { content: problem }) },
  ])
  return {
    ...(kinds.length > 0 && {
      200: { description: 'As asked.', content: Object.fromEntries(kinds) },
    }),
    // What can be watched has an ETag.
    ...(query?.['watch'] && { 304: { description: 'It is what `If-None-Match` names.' } }),
    ...Object.fromEntries(others),
    default: { description: 'What went wrong.', content: problem },
  }
}

/** `GET /v1/children/{child}/logs` is `get_children_child_logs`. */
const nameOf = ({ method, path }: Route): string =>
  [method.toLowerCase(), ...path.split(/\W+/).filter((part) => part && part !== 'v1')].join('_')
