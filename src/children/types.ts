import type { ContainerInspect, ContainerStatus, MountPoint } from '../docker/container-types.ts'
import { borrowedVolumes, LABEL } from './labels.ts'

/** What a child needs to know of the node it belongs to. */
export type NodeFacts = {
  containerId: string
  containerName: string
  /** The human name. */
  node: string
  cluster: string
  /** `id` in the files. */
  memberId: string
  /** Where the host's root is mounted, `/host`. */
  hostPrefix: string
  /** Where the Docker socket may be, as seen in the node. */
  socketPaths: readonly string[]
  /** Files and folders of the node that no child may see, such as a token's file. */
  privatePaths?: readonly string[]
  inspect: ContainerInspect
}

/** A child's container as the engine shows it; times in Unix ms, 0 for never. */
export type Seen = {
  id: string
  name: string
  child: string
  spec: string
  status: ContainerStatus
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  oom: boolean
  /** Of its first process on the engine's host, while it runs. */
  pid?: number
  /** Seconds between stop signal and SIGKILL, when the child asks for its own. */
  stopTimeoutS?: number
  mounts: MountPoint[]
  borrowed: string[]
}

export const seen = (inspect: ContainerInspect): Seen => ({
  id: inspect.Id,
  name: inspect.Name.replace(/^\//, ''),
  child: inspect.Config.Labels[LABEL.child] ?? '',
  spec: inspect.Config.Labels[LABEL.spec] ?? '',
  status: inspect.State.Status,
  createdAt: engineTime(inspect.Created),
  startedAt: engineTime(inspect.State.StartedAt),
  finishedAt: engineTime(inspect.State.FinishedAt),
  exitCode: inspect.State.ExitCode,
  oom: inspect.State.OOMKilled,
  ...(inspect.State.Pid > 0 && { pid: inspect.State.Pid }),
  ...(inspect.Config.StopTimeout !== undefined && { stopTimeoutS: inspect.Config.StopTimeout }),
  mounts: inspect.Mounts,
  borrowed: borrowedVolumes(inspect.Config.Labels),
})

/** Unix ms of the engine's RFC 3339; its year 1 means never and becomes 0. */
export const engineTime = (text: string): number => Math.max(0, Date.parse(text) || 0)

export const isUp = (container: Seen): boolean =>
  container.status === 'running' || container.status === 'restarting'
