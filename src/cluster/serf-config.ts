/** What differs from node to node in Serf's configuration. */
export type SerfFacts = {
  /** The member name. */
  id: string
  serf_ip: string
  serf_port: number
  rpc_port: number
  rpcAuth: string
  /** base64; absent: gossip in the clear (SERFNODE_INSECURE=1). */
  gossipKey?: string
  tags: Record<string, string>
  log_level: string
}

/**
 * The text of Serf's configuration file. Tombstones are short since each start of a node makes
 * a new member name; failed members are kept long, so that a healed cut finds them.
 */
export const renderSerfConfig = (facts: SerfFacts): string =>
  `${JSON.stringify(
    {
      node_name: facts.id,
      bind: `0.0.0.0:${facts.serf_port}`,
      advertise: `${facts.serf_ip}:${facts.serf_port}`,
      rpc_addr: `127.0.0.1:${facts.rpc_port}`,
      rpc_auth: facts.rpcAuth,
      ...(facts.gossipKey === undefined ? {} : { encrypt_key: facts.gossipKey }),
      tags: facts.tags,
      log_level: facts.log_level,
      profile: 'lan',
      tombstone_timeout: '1h',
      leave_on_terminate: true,
      skip_leave_on_interrupt: true,
    },
    null,
    2,
  )}\n`
