import type { Member } from '../../src/catalog/member.ts'
import type { NodeEvent } from '../../src/events/types.ts'
import type { HandlerSpec } from '../../src/handlers/types.ts'

export const member = (id: string, more: Partial<Member> = {}): Member => ({
  id,
  name: id,
  role: 'web',
  addr: '10.0.0.1',
  port: 7946,
  status: 'alive',
  tags: {},
  ...more,
})

let index = 0

/** An event of this node, with an index of its own. */
export const heard = <T extends { type: NodeEvent['type'] }>(
  happening: T,
): T & { id: string; index: number; time: string } => {
  index++
  return { ...happening, id: `${happening.type}-${index}`, index, time: '2026-01-01T00:00:00.000Z' }
}

export const joined = (...ids: string[]): NodeEvent =>
  heard({ type: 'member-join', members: ids.map((id) => member(id)) })

export const raised = (name: string, payload = ''): NodeEvent =>
  heard({ type: 'user', name, ltime: 3, payload: Buffer.from(payload) })

export const asked = (name: string, payload = '') =>
  heard({ type: 'query', name, ltime: 4, payload: Buffer.from(payload), serfId: 7 } as const)

export const specOf = (more: Partial<HandlerSpec>): HandlerSpec => ({
  name: 'test',
  file: '/test',
  kind: 'executable',
  events: ['*'],
  timeoutMs: 5_000,
  concurrency: 1,
  dockerSocket: false,
  ...more,
})

export const SELF = { id: 'web-1.abc', name: 'web-1', role: 'web', tags: { role: 'web' } }
