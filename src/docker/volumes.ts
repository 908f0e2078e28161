import type { Connection } from './connection.ts'
import { filtersOf, pathOf } from './path.ts'
import { shaped, shapedList } from './shape.ts'

export type Volume = {
  Name: string
  Driver: string
  Mountpoint: string
  Labels: Record<string, string>
  CreatedAt?: string
}

export type Volumes = {
  /** An existing volume of that name is returned as it is. */
  createVolume(name: string, options?: { labels?: Record<string, string> }): Promise<Volume>
  /** `dangling`: used by no container. */
  listVolumes(query?: { labels?: string[]; dangling?: boolean }): Promise<Volume[]>
  inspectVolume(name: string): Promise<Volume>
  /** `conflict` when a container uses it. */
  removeVolume(name: string, options?: { force?: boolean }): Promise<void>
}

const VOLUME = { Name: 'string', Driver: 'string', Mountpoint: 'string' } as const

export const volumes = ({ json, slowMs: timeoutMs }: Connection): Volumes => ({
  async createVolume(name, { labels = {} } = {}) {
    const deed = `create volume ${name}`
    const body = { Name: name, Labels: labels }
    const call = { deed, method: 'POST' as const, path: '/volumes/create', json: body, timeoutMs }
    return filled(shaped<Volume>(deed, await json(call), VOLUME))
  },

  async listVolumes({ labels, dangling } = {}) {
    const deed = 'list volumes'
    const filters = filtersOf({
      label: labels,
      dangling: dangling === undefined ? undefined : [String(dangling)],
    })
    const answer = await json({ deed, path: '/volumes', query: { filters } })
    const { Volumes } = shaped<{ Volumes: unknown }>(deed, answer, {})
    return shapedList<Volume>(deed, Volumes ?? null, VOLUME).map(filled)
  },

  async inspectVolume(name) {
    const deed = `inspect volume ${name}`
    const answer = await json({ deed, path: pathOf('volumes', name) })
    return filled(shaped<Volume>(deed, answer, VOLUME))
  },

  async removeVolume(name, { force = false } = {}) {
    const path = pathOf('volumes', name)
    const query = { force }
    await json({ deed: `remove volume ${name}`, method: 'DELETE', path, query, timeoutMs })
  },
})

const filled = (one: Volume): Volume => ({ ...one, Labels: one.Labels ?? {} })
