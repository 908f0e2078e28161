import type { Member } from '../../src/catalog/member.ts'

/** A member as the catalog shows it: a Serfnode unless its tags say otherwise. */
export const member = (name: string, change: Partial<Member> = {}): Member => ({
  id: `${name}.000001`,
  name,
  role: 'web',
  addr: '10.0.0.1',
  port: 7946,
  status: 'alive',
  tags: { name, role: 'web', timestamp: '1.000' },
  ...change,
})

/** An agent of plain Serf, which has none of our tags. */
export const plainMember = (id: string, tags: Record<string, string> = {}): Member =>
  member(id, { id, role: tags['role'] ?? 'no_role', tags })
