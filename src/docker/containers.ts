import type { Call, Connection } from './connection.ts'
import type { ContainerCreate, ContainerInspect, ContainerSummary } from './container-types.ts'
import { exactly, filtersOf, pathOf } from './path.ts'
import { shaped, shapedList } from './shape.ts'

export type Containers = {
  /** `labels`: `key` or `key=value`, all must fit. `names`: exact, any may fit. */
  listContainers(query?: {
    all?: boolean
    labels?: string[]
    names?: string[]
  }): Promise<ContainerSummary[]>
  inspectContainer(id: string): Promise<ContainerInspect>
  /** Returns the id. `conflict`: the name is taken; `not-found`: the image is not there. */
  createContainer(
    name: string,
    body: ContainerCreate,
    options?: { platform?: string },
  ): Promise<{ Id: string; Warnings: string[] }>
  /** Already running is success. */
  startContainer(id: string): Promise<void>
  /** SIGKILL comes after `timeoutS` seconds. Already stopped is success. */
  stopContainer(id: string, options: { timeoutS: number }): Promise<void>
  restartContainer(id: string, options: { timeoutS: number }): Promise<void>
  /** `conflict` when it is not running. */
  killContainer(id: string, signal?: string): Promise<void>
  /** `force` kills first; `volumes` removes its anonymous volumes too. */
  removeContainer(id: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>
  renameContainer(id: string, name: string): Promise<void>
}

const STATE = { 'State.Status': 'string', 'State.Running': 'boolean' } as const
const INSPECT = {
  Id: 'string',
  Name: 'string',
  Created: 'string',
  Image: 'string',
  ...STATE,
  'State.StartedAt': 'string',
  'State.ExitCode': 'number',
  'Config.Image': 'string',
  'HostConfig.NetworkMode': 'string',
  NetworkSettings: 'object',
} as const
const SUMMARY = { Id: 'string', Names: 'array', State: 'string', Created: 'number' } as const

export const containers = ({ json, slowMs }: Connection): Containers => {
  const act = async (
    deed: string,
    id: string,
    verb: string,
    query: Call['query'] = {},
    timeoutMs = slowMs,
  ): Promise<void> => {
    const path = pathOf('containers', id, verb)
    await json({ deed: `${deed} container ${id}`, method: 'POST', path, query, timeoutMs })
  }

  return {
    async listContainers({ all = false, labels, names } = {}) {
      const deed = 'list containers'
      const filters = filtersOf({ label: labels, name: names?.map(exactly) })
      const answer = await json({ deed, path: '/containers/json', query: { all, filters } })
      return shapedList<ContainerSummary>(deed, answer, SUMMARY).map((one) => ({
        ...one,
        Labels: one.Labels ?? {},
        Ports: one.Ports ?? [],
        Mounts: one.Mounts ?? [],
        HostConfig: one.HostConfig ?? {},
        NetworkSettings: { Networks: one.NetworkSettings?.Networks ?? {} },
      }))
    },

    async inspectContainer(id) {
      const deed = `inspect container ${id}`
      const answer = await json({ deed, path: pathOf('containers', id, 'json') })
      return filled(shaped<ContainerInspect>(deed, answer, INSPECT))
    },

    async createContainer(name, body, { platform } = {}) {
      const deed = `create container ${name}`
      const query = { name, platform }
      const path = '/containers/create'
      const answer = await json({
        deed,
        method: 'POST',
        path,
        query,
        json: body,
        timeoutMs: slowMs,
      })
      const { Id, Warnings } = shaped<{ Id: string; Warnings: string[] | null }>(deed, answer, {
        Id: 'string',
      })
      return { Id, Warnings: Warnings ?? [] }
    },

    startContainer: (id) => act('start', id, 'start'),
    stopContainer: (id, { timeoutS }) => act('stop', id, 'stop', { t: timeoutS }, grace(timeoutS)),
    restartContainer: (id, { timeoutS }) =>
      act('restart', id, 'restart', { t: timeoutS }, grace(timeoutS)),
    killContainer: (id, signal = 'SIGKILL') => act('kill', id, 'kill', { signal }),
    renameContainer: (id, name) => act('rename', id, 'rename', { name }),

    async removeContainer(id, { force = false, volumes = false } = {}) {
      await json({
        deed: `remove container ${id}`,
        method: 'DELETE',
        path: pathOf('containers', id),
        query: { force, v: volumes },
        timeoutMs: slowMs,
      })
    },
  }
}

/** The engine kills at the end of the grace and waits for the end: that takes a little, too. */
const grace = (timeoutS: number): number => (timeoutS + 10) * 1000

const filled = (one: ContainerInspect): ContainerInspect => ({
  ...one,
  Config: {
    ...one.Config,
    Env: one.Config.Env ?? [],
    Labels: one.Config.Labels ?? {},
    ExposedPorts: one.Config.ExposedPorts ?? {},
  },
  HostConfig: { ...one.HostConfig, PortBindings: one.HostConfig.PortBindings ?? {} },
  Mounts: one.Mounts ?? [],
  NetworkSettings: {
    ...one.NetworkSettings,
    Ports: one.NetworkSettings.Ports ?? {},
    Networks: one.NetworkSettings.Networks ?? {},
  },
})
