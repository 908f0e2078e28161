import { isHostName } from '../../catalog/host-name.ts'
import type { NodeInfo } from '../../catalog/node-info.ts'
import { byRole } from '../../catalog/oldest.ts'
import { foreignNames, layOut, parseHosts } from './block.ts'

/** Why a name is not in the file. */
export type LeftOutReason =
  | 'not a host name'
  | 'defined by a line that is not ours'
  | 'an alias of this node'
  | 'another role differs only in case'

export type LeftOut = { name: string; reason: LeftOutReason }

export type HostsWish = {
  services: readonly NodeInfo[]
  /** Names for the own node; they win over a role of that name. */
  aliases: readonly string[]
}

/**
 * The hosts file as it should be, made from what it is: foreign lines untouched and first, then
 * one line a name. A role is at its oldest live member. Both texts are latin1.
 */
export const renderHosts = (
  current: string,
  wish: HostsWish,
): { text: string; leftOut: LeftOut[] } => {
  const parsed = parseHosts(current)
  const foreign = foreignNames(parsed.foreign)
  const names = new Map<string, string>()
  const taken = new Map<string, LeftOutReason>(
    [...foreign].map((name) => [name, 'defined by a line that is not ours']),
  )
  const leftOut: LeftOut[] = []
  const add = (name: string, address: string, now: LeftOutReason): void => {
    const reason = isHostName(name) ? taken.get(name.toLowerCase()) : 'not a host name'
    if (reason) leftOut.push({ name, reason })
    else names.set(name, address)
    if (!reason) taken.set(name.toLowerCase(), now)
  }
  for (const alias of [...new Set(wish.aliases)].sort()) {
    add(alias, '127.0.0.1', 'an alias of this node')
  }
  for (const [role, service] of rolesByAge(wish.services)) {
    add(role, service.service_ip, 'another role differs only in case')
  }
  return { text: layOut(parsed, names), leftOut }
}

// Where two roles differ only in case, who came first keeps the name.
const rolesByAge = (services: readonly NodeInfo[]): [string, NodeInfo][] =>
  [...byRole(services)]
    .flatMap(([role, [first]]): [string, NodeInfo][] => (first ? [[role, first]] : []))
    .sort(([, a], [, b]) => Number(a.timestamp) - Number(b.timestamp))
