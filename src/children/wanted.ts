import { createHash } from 'node:crypto'
import type { ChildSettings } from '../config/types.ts'
import type { ContainerCreate, HostConfig, MountPoint } from '../docker/container-types.ts'
import { LABEL } from './labels.ts'
import { childMounts } from './mounts.ts'
import type { NodeFacts } from './types.ts'

/** What a child's container should be. */
export type Wanted = {
  name: string
  body: ContainerCreate
  /** Changes when, and only when, the container must be made anew. */
  spec: string
  warnings: string[]
}

/** The container's name: one per child and node container, so that a second create cannot double it. */
export const containerName = (child: string, nodeContainer: string): string =>
  `${child}_app_${nodeContainer}`

/** The container of `child`; `siblings` are the mounts of those named in `volumes_from`. */
export const wantedContainer = (
  child: ChildSettings,
  own: NodeFacts,
  siblings: ReadonlyMap<string, readonly MountPoint[]> = new Map(),
): Wanted => {
  const { mounts, binds, borrowed, warnings } = childMounts(child, own, siblings)
  const body: ContainerCreate = {
    Image: child.image,
    ...(child.command && { Cmd: child.command }),
    ...(child.entrypoint && { Entrypoint: child.entrypoint }),
    Env: Object.entries(child.environment)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    ...(child.working_dir && { WorkingDir: child.working_dir }),
    ...(child.user && { User: child.user }),
    ...(child.stop_signal && { StopSignal: child.stop_signal }),
    ...(child.stop_grace_period !== undefined && { StopTimeout: seconds(child.stop_grace_period) }),
    HostConfig: {
      ...hostConfig(child, own),
      Binds: binds,
      Mounts: mounts,
    },
  }
  const spec = hash({ body, labels: child.labels })
  const labels = {
    ...child.labels,
    [LABEL.cluster]: own.cluster,
    [LABEL.node]: own.node,
    [LABEL.nodeContainer]: own.containerName,
    [LABEL.child]: child.name,
    [LABEL.owner]: own.containerId,
    [LABEL.spec]: spec,
    ...(borrowed.length > 0 && { [LABEL.volumes]: borrowed.join(',') }),
  }
  const name = containerName(child.name, own.containerName)
  return { name, body: { ...body, Labels: labels }, spec, warnings }
}

const hostConfig = (child: ChildSettings, own: NodeFacts): HostConfig => ({
  NetworkMode: `container:${own.containerId}`,
  RestartPolicy: { Name: 'no' },
  Privileged: child.privileged,
  CapAdd: child.cap_add,
  CapDrop: capDrop(child),
  ReadonlyRootfs: child.read_only,
  Tmpfs: child.tmpfs,
  ...(child.init && { Init: true }),
  ...(child.mem_limit !== undefined && { Memory: child.mem_limit }),
  ...(child.cpus !== undefined && { NanoCpus: Math.round(child.cpus * 1e9) }),
})

/** With NET_RAW a child could read the node's loopback, and so the RPC key. */
const capDrop = ({ privileged, cap_add, cap_drop }: ChildSettings): string[] => {
  const has = (list: string[]) =>
    list.some((name) => /^(CAP_)?(NET_RAW|ALL)$/.test(name.toUpperCase()))
  return privileged || has(cap_add) || has(cap_drop) ? cap_drop : [...cap_drop, 'NET_RAW']
}

const seconds = (ms: number): number => Math.ceil(ms / 1000)

const hash = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16)

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
