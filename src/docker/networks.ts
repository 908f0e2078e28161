import type { Connection } from './connection.ts'
import { exactly, filtersOf, pathOf } from './path.ts'
import { shaped, shapedList } from './shape.ts'

export type Network = {
  Id: string
  Name: string
  Driver: string
  Scope: string
  Internal: boolean
  Labels: Record<string, string>
  IPAM: { Config: { Subnet?: string; Gateway?: string; IPRange?: string }[] }
  /** By container id; only in an inspect, and there only running ones. */
  Containers: Record<string, { Name: string; IPv4Address: string }>
}

export type Networks = {
  listNetworks(query?: { labels?: string[]; names?: string[] }): Promise<Network[]>
  inspectNetwork(id: string): Promise<Network>
  /** Returns the id. `conflict` when the name is taken. */
  createNetwork(
    name: string,
    options?: { driver?: string; internal?: boolean; labels?: Record<string, string> },
  ): Promise<string>
  removeNetwork(id: string): Promise<void>
}

const NETWORK = { Id: 'string', Name: 'string', Driver: 'string' } as const

export const networks = ({ json, slowMs: timeoutMs }: Connection): Networks => ({
  async listNetworks({ labels, names } = {}) {
    const deed = 'list networks'
    const filters = filtersOf({ label: labels, name: names?.map(exactly) })
    const answer = await json({ deed, path: '/networks', query: { filters } })
    return shapedList<Network>(deed, answer, NETWORK).map(filled)
  },

  async inspectNetwork(id) {
    const deed = `inspect network ${id}`
    const answer = await json({ deed, path: pathOf('networks', id) })
    return filled(shaped<Network>(deed, answer, NETWORK))
  },

  async createNetwork(name, { driver = 'bridge', internal = false, labels = {} } = {}) {
    const deed = `create network ${name}`
    // Before API 1.44 two networks may have one name unless we ask for the check.
    const body = {
      Name: name,
      Driver: driver,
      Internal: internal,
      Labels: labels,
      CheckDuplicate: true,
    }
    const call = { deed, method: 'POST' as const, path: '/networks/create', json: body, timeoutMs }
    return shaped<{ Id: string }>(deed, await json(call), { Id: 'string' }).Id
  },

  async removeNetwork(id) {
    const path = pathOf('networks', id)
    await json({ deed: `remove network ${id}`, method: 'DELETE', path, timeoutMs })
  },
})

const filled = (one: Network): Network => ({
  ...one,
  Labels: one.Labels ?? {},
  IPAM: { ...one.IPAM, Config: one.IPAM?.Config ?? [] },
  Containers: one.Containers ?? {},
})
