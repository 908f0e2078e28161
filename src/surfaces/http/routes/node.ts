import { HttpError } from '../http-error.ts'
import type { ShownLine } from '../node-api.ts'
import { ref } from '../openapi/schemas.ts'
import { problemOf } from '../problem.ts'
import { type Call, JSON_TYPE, json, NDJSON_TYPE, type Route } from '../route.ts'
import { WATCH, watched } from '../watch.ts'

const CHILD = '/v1/children/{child}'
const NO_CHILD = { 404: 'There is no such child.' }

const childOf = ({ api, params }: Call) => {
  const child = api.node.status().children.find(({ name }) => name === params['child'])
  if (child) return child
  const known = api.node.status().children.map(({ name }) => name)
  const names = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'
  throw new HttpError('no-route', `this node has no child ${params['child']}; ${names}`)
}

const control = (verb: 'restart' | 'stop' | 'start', summary: string): Route => ({
  method: 'POST',
  path: `${CHILD}/${verb}`,
  right: 'control',
  summary,
  gives: {},
  also: {
    204: 'The engine has done it.',
    ...NO_CHILD,
    409: 'It has no container now, or the engine refuses.',
  },
  handle: async (call) => {
    await call.api.children[verb](childOf(call).name)
    return { status: 204 }
  },
})

async function* jsonLines(lines: AsyncIterable<ShownLine>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`
  } catch (error) {
    // The answer has begun: the failure is its last line.
    yield `${JSON.stringify({ error: problemOf(error) })}\n`
  }
}

async function* plainLines(lines: AsyncIterable<ShownLine>): AsyncGenerator<string> {
  for await (const { line } of lines) yield `${line}\n`
}

export const nodeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/node',
    right: 'read',
    summary: 'This node: who it is, what it tells of itself, its warnings and its children.',
    query: WATCH,
    gives: { [JSON_TYPE]: ref('Node') },
    handle: (call) => watched(call, 'node', (index) => ({ index, ...call.api.node.status() })),
  },
  {
    method: 'GET',
    path: '/v1/children',
    right: 'read',
    summary: 'The children of this node, in the order of their start.',
    query: WATCH,
    gives: { [JSON_TYPE]: ref('Children') },
    handle: (call) =>
      watched(call, 'node', (index) => {
        const { children } = call.api.node.status()
        return { index, children }
      }),
  },
  {
    method: 'GET',
    path: CHILD,
    right: 'read',
    summary: 'One child.',
    gives: { [JSON_TYPE]: ref('Child') },
    also: NO_CHILD,
    handle: (call) => json(childOf(call)),
  },
  {
    method: 'GET',
    path: `${CHILD}/logs`,
    right: 'read',
    summary: 'The output of a child; as plain text when `Accept` asks for text/plain.',
    query: {
      tail: { pattern: /^\d{1,4}$/, meaning: 'How many of the last lines; 100 when absent.' },
      follow: { pattern: /^(1|true|0|false)?$/, meaning: 'Go on with what comes.' },
    },
    gives: { [NDJSON_TYPE]: ref('LogLine'), 'text/plain': { type: 'string' } },
    also: { ...NO_CHILD, 409: 'It has no container now.' },
    handle: async (call) => {
      call.live.hold.log(call.signal)
      const { tail = '100', follow = 'false' } = call.query
      const lines = await call.api.children.logs(childOf(call).name, {
        tail: Number(tail),
        follow: ['', '1', 'true'].includes(follow),
        signal: call.signal,
      })
      const plain = call.header('accept')?.includes('text/plain') ?? false
      return plain
        ? { type: 'text/plain; charset=utf-8', body: plainLines(lines) }
        : { type: NDJSON_TYPE, body: jsonLines(lines) }
    },
  },
  control('restart', 'Restarts a child.'),
  control('stop', 'Stops a child until it is started by hand or its node is restarted.'),
  control('start', 'Starts a child that was stopped, or that waits for its next try.'),
]
