// What the hosts files of Linux, of Docker and of macOS define for themselves.
const RESERVED = new Set([
  'localhost',
  'localhost4',
  'localhost6',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
])

/** Names that belong to the machine itself, in any case: `localhost` and its kin. */
export const isReservedName = (name: string): boolean => {
  const lower = name.toLowerCase()
  return RESERVED.has(lower) || lower.startsWith('localhost.') || lower.endsWith('.localhost')
}

/**
 * Whether a role or alias may become a host name: one label of letters, digits, `-` and `_` (for
 * 2015's `no_role`). No dots, so that no member can take over a name of the world outside, and
 * nothing that resolvers read as a number: `10` is the address 0.0.0.10 to them.
 */
export const isHostName = (name: string): boolean =>
  /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(name) &&
  !/^(?:\d+|0x[0-9a-f]*)$/i.test(name) &&
  !isReservedName(name)
