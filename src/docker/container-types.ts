/** The parts of the engine's container documents that we use, in the engine's words. */

export type PortBinding = { HostIp?: string; HostPort?: string }
/** `5672/tcp` to where it is published; null: exposed only. */
export type PortMap = Record<string, PortBinding[] | null>

export type EndpointSettings = {
  NetworkID?: string
  EndpointID?: string
  IPAddress?: string
  IPPrefixLen?: number
  Gateway?: string
  MacAddress?: string
  Aliases?: string[] | null
}

export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead'

export type ContainerState = {
  Status: ContainerStatus
  Running: boolean
  Paused: boolean
  Restarting: boolean
  OOMKilled: boolean
  Dead: boolean
  /** On the engine's host; 0 when not running. */
  Pid: number
  ExitCode: number
  /** Why the last start failed, or empty. */
  Error: string
  /** RFC 3339; `0001-01-01T00:00:00Z` when it never happened. */
  StartedAt: string
  FinishedAt: string
  Health?: { Status: 'none' | 'starting' | 'healthy' | 'unhealthy'; FailingStreak: number }
}

export type ContainerConfig = {
  Image: string
  Hostname?: string
  User?: string
  Env?: string[]
  Cmd?: string[] | null
  Entrypoint?: string[] | null
  WorkingDir?: string
  Labels?: Record<string, string>
  ExposedPorts?: Record<string, object>
  Volumes?: Record<string, object> | null
  Tty?: boolean
  OpenStdin?: boolean
  StdinOnce?: boolean
  StopSignal?: string
  /** Seconds. */
  StopTimeout?: number
  /** Durations in nanoseconds. */
  Healthcheck?: {
    Test?: string[]
    Interval?: number
    Timeout?: number
    Retries?: number
    StartPeriod?: number
  }
}

export type MountSpec = {
  Type: 'bind' | 'volume' | 'tmpfs'
  Source?: string
  Target: string
  ReadOnly?: boolean
  BindOptions?: { Propagation?: string }
  VolumeOptions?: { NoCopy?: boolean; Labels?: Record<string, string> }
  TmpfsOptions?: { SizeBytes?: number; Mode?: number }
}

export type HostConfig = {
  NetworkMode?: string
  PidMode?: string
  Binds?: string[] | null
  Mounts?: MountSpec[]
  VolumesFrom?: string[] | null
  PortBindings?: PortMap | null
  PublishAllPorts?: boolean
  RestartPolicy?: { Name: string; MaximumRetryCount?: number }
  AutoRemove?: boolean
  Privileged?: boolean
  CapAdd?: string[] | null
  CapDrop?: string[] | null
  Tmpfs?: Record<string, string>
  ReadonlyRootfs?: boolean
  Init?: boolean
  /** Bytes. */
  Memory?: number
  /** Billionths of a CPU. */
  NanoCpus?: number
  ExtraHosts?: string[] | null
  SecurityOpt?: string[] | null
  Sysctls?: Record<string, string>
  LogConfig?: { Type: string; Config?: Record<string, string> }
}

/** A mount as it is, with the place on the host. */
export type MountPoint = {
  Type: string
  /** The volume's name. */
  Name?: string
  Source: string
  Destination: string
  Driver?: string
  RW: boolean
}

/** Fields the engine leaves null are filled up: labels, env, mounts, networks and ports. */
export type ContainerInspect = {
  Id: string
  /** With the engine's leading slash. */
  Name: string
  /** RFC 3339. */
  Created: string
  /** The image's id; what was asked for is `Config.Image`. */
  Image: string
  RestartCount: number
  State: ContainerState
  Config: ContainerConfig & {
    Env: string[]
    Labels: Record<string, string>
    ExposedPorts: Record<string, object>
  }
  HostConfig: HostConfig & { NetworkMode: string; PortBindings: PortMap }
  Mounts: MountPoint[]
  NetworkSettings: {
    /** The network namespace's file on the host. */
    SandboxKey?: string
    /** On the default bridge; empty elsewhere. */
    IPAddress?: string
    Ports: PortMap
    Networks: Record<string, EndpointSettings>
  }
}

export type ContainerSummary = {
  Id: string
  /** With leading slashes. */
  Names: string[]
  Image: string
  ImageID: string
  Command: string
  /** Unix seconds. */
  Created: number
  State: ContainerStatus
  /** For people: `Up 2 minutes`. */
  Status: string
  Labels: Record<string, string>
  Ports: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[]
  Mounts: { Type: string; Name?: string; Source?: string; Destination: string; RW: boolean }[]
  HostConfig: { NetworkMode?: string }
  NetworkSettings: { Networks: Record<string, EndpointSettings> }
}

/** What to create. */
export type ContainerCreate = ContainerConfig & {
  HostConfig?: HostConfig
  NetworkingConfig?: { EndpointsConfig: Record<string, EndpointSettings> }
}
