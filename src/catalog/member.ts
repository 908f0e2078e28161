import type { Field } from './fields.ts'
import { type WantedPorts, wantedPorts } from './more-ports.ts'
import type { NodeInfo } from './node-info.ts'
import { showText } from './show-text.ts'
import { readTags } from './tags.ts'

export const STATUSES = ['alive', 'leaving', 'left', 'failed', 'none'] as const
export type MemberStatus = (typeof STATUSES)[number]

/** A member as Serf lists it. */
export type ListedMember = {
  name: string
  addr: string
  port: number
  tags: Readonly<Record<string, string>>
  status: MemberStatus
}

/** A member as we show it: every text is safe to print, whatever the member sent. */
export type Member = Readonly<{
  /** Serf's member name. */
  id: string
  /** The name people see; the member name when it sent none. */
  name: string
  role: string
  addr: string
  port: number
  status: MemberStatus
  tags: Readonly<Record<string, string>>
  /** The field that may not enter: the member is shown, but gives no service. */
  refused?: Field
}>

/** `wanted`: ports of the service that are not in it, since the tags had no room for them. */
export type ReadMember = { member: Member; service?: NodeInfo; wanted?: WantedPorts }

/** Checks one listed member; never throws, so that a bad one does not stop the others. */
export const readMember = (listed: ListedMember): ReadMember => {
  const read = readTags(listed)
  const refused = 'refused' in read ? { refused: read.refused } : {}
  const member = Object.freeze({
    id: showText(String(listed.name)),
    name: showText('name' in read ? read.name : String(listed.tags?.['name'] ?? listed.name)),
    role: showText('role' in read ? read.role : String(listed.tags?.['role'] ?? 'no_role')),
    addr: showText(String(listed.addr)),
    port: Number(listed.port) || 0,
    status: STATUSES.includes(listed.status) ? listed.status : 'none',
    tags: shownTags(listed.tags),
    ...refused,
  })
  // 2015's rule, kept: a node that leaves hides its service first, so `leaving` serves no more.
  if (!('service' in read) || !read.service || member.status !== 'alive') return { member }
  const wanted = wantedPorts(listed.name, listed.tags)
  return { member, service: read.service, ...(wanted ? { wanted } : {}) }
}

// Object.fromEntries makes `__proto__` a key like any other.
const shownTags = (tags: Readonly<Record<string, string>> | undefined) =>
  Object.freeze(
    Object.fromEntries(
      Object.entries(tags ?? {}).map(([key, value]) => [showText(key), showText(`${value}`, 512)]),
    ),
  )
