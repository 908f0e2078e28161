import { isIP } from 'node:net'

/** What seeds need of the engine: names of containers and the other nodes of this cluster. */
export type SeedEngine = {
  /** `ip:port` of the node in the container of this name, undefined when it is none or not up. */
  addressOf(containerName: string): Promise<string | undefined>
  /**
   * `ip:port` of running nodes of this cluster on the engine that are no members yet: one that
   * was not known before at least, while there is one.
   */
  neighbours(): Promise<string[]>
}

export type SeedSources = {
  /** PEER: host and port as the user wrote them. */
  peers: readonly { host: string; port: number }[]
  /** `ip:port` from tokens and of members seen before; may be long out of date. */
  remembered: readonly string[]
  engine: SeedEngine | undefined
  /** DNS; rejects when there is no such name. */
  lookup(host: string): Promise<string[]>
}

export type Seeds = {
  /** `ip:port` that should be members, without doubles; those the user asked for stand first. */
  addresses: string[]
  /** `ip:port` to try only while alone. */
  remembered: string[]
  /** PEER names that neither the engine nor DNS knows at the moment. */
  unknown: string[]
}

export const joinHostPort = (host: string, port: number): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`

/** Looks every seed up anew, since names move; an engine that does not answer only adds nothing. */
export const findSeeds = async (sources: SeedSources): Promise<Seeds> => {
  const unknown: string[] = []
  const asked = await Promise.all(
    sources.peers.map(async ({ host, port }) => {
      if (isIP(host)) return [joinHostPort(host, port)]
      const onEngine = await sources.engine?.addressOf(host).catch(() => undefined)
      if (onEngine !== undefined) return [onEngine]
      const found = await sources.lookup(host).catch(() => [])
      if (found.length === 0) unknown.push(host)
      return found.map((address) => joinHostPort(address, port))
    }),
  )
  const neighbours = (await sources.engine?.neighbours().catch(() => [])) ?? []
  return {
    addresses: [...new Set([...asked.flat(), ...neighbours])],
    remembered: [...sources.remembered],
    unknown,
  }
}
