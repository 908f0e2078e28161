import { createHash } from 'node:crypto'
import type { Ports } from './node-info.ts'
import { decodeRanges } from './port-ranges.ts'
import { decodePorts, encodePorts } from './ports.ts'

/**
 * The ports that a member has besides those in its tags, still to be asked of it: how many it has
 * in all, and what tells its present ones from former ones.
 */
export type WantedPorts = Readonly<{ id: string; count: number; digest: string }>

const TAG = /^([1-9]\d{0,3})\.([A-Za-z0-9_-]{8})$/

/**
 * The tag of a node whose ports do not all fit: how many are left out, then a digest of all of
 * them, so that others notice when only those change that are not in the tags.
 */
export const encodeMorePorts = (left: number, all: Ports): string => `${left}.${digestPorts(all)}`

/** The tag taken apart; undefined when it is not well formed. */
export const decodeMorePorts = (tag: string): { left: number; digest: string } | undefined => {
  const [, left, digest] = TAG.exec(tag) ?? []
  return left && digest ? { left: Number(left), digest } : undefined
}

/** 48 bits tell one list of a node from another; they keep no liar out, who makes the tag too. */
export const digestPorts = (ports: Ports): string =>
  createHash('sha256').update(encodePorts(ports)).digest('base64url').slice(0, 8)

/** How many ports a member has besides those in its tag `ports`. */
export const countMorePorts = (tags: Readonly<Record<string, string>>): number =>
  decodeMorePorts(tags['more_ports'] ?? '')?.left ?? 0

/** What to ask of a member with these tags; undefined when its tags tell all. */
export const wantedPorts = (
  id: string,
  tags: Readonly<Record<string, string>>,
): WantedPorts | undefined => {
  const more = decodeMorePorts(tags['more_ports'] ?? '')
  const told = decodePorts(tags['ports'] ?? '')
  if (!more || !told) return undefined
  return Object.freeze({ id, count: Object.keys(told).length + more.left, digest: more.digest })
}

/** A member's answer to ports; undefined unless it is what the member's tags promise. */
export const acceptPorts = ({ count, digest }: WantedPorts, code: string): Ports | undefined => {
  const ports = decodeRanges(code)
  if (!ports || Object.keys(ports).length !== count) return undefined
  return digestPorts(ports) === digest ? ports : undefined
}
