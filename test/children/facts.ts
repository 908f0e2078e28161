import type { NodeFacts, Seen } from '../../src/children/types.ts'
import type { ContainerInspect, MountPoint } from '../../src/docker/container-types.ts'

export const OWN = 'a'.repeat(64)
export const ANONYMOUS = 'f'.repeat(64)

/** A container as the engine would show it. */
export const inspected = (rest: Partial<ContainerInspect> = {}): ContainerInspect => ({
  Id: OWN,
  Name: '/web',
  Created: '2026-01-01T00:00:00Z',
  Image: 'sha256:0',
  RestartCount: 0,
  State: {
    Status: 'running',
    Running: true,
    Paused: false,
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: 1,
    ExitCode: 0,
    Error: '',
    StartedAt: '2026-01-01T00:00:01.5Z',
    FinishedAt: '0001-01-01T00:00:00Z',
  },
  Config: { Image: 'x', Env: ['A=1'], Labels: {}, ExposedPorts: {} },
  HostConfig: { NetworkMode: 'bridge', PortBindings: {} },
  Mounts: [],
  NetworkSettings: { Ports: {}, Networks: {} },
  ...rest,
})

export const nodeFacts = (mounts: MountPoint[] = [], rest: Partial<NodeFacts> = {}): NodeFacts => ({
  containerId: OWN,
  containerName: 'web',
  node: 'web-1',
  cluster: 'default',
  memberId: 'web-1.abc123',
  hostPrefix: '/host',
  socketPaths: ['/host/run/docker.sock', '/var/run/docker.sock'],
  inspect: inspected({ Mounts: mounts }),
  ...rest,
})

export const bind = (Source: string, Destination: string, RW = true): MountPoint => ({
  Type: 'bind',
  Source,
  Destination,
  RW,
})

export const volume = (Name: string, Destination: string, RW = true): MountPoint => ({
  Type: 'volume',
  Name,
  Source: `/var/lib/docker/volumes/${Name}/_data`,
  Destination,
  RW,
})

/** A child's container that runs since second 2; the node runs since second 1. */
export const container = (child: string, rest: Partial<Seen> = {}): Seen => ({
  id: `${child}-id`,
  name: `${child}_app_web`,
  child,
  spec: 'right',
  status: 'running',
  createdAt: 1500,
  startedAt: 2000,
  finishedAt: 0,
  exitCode: 0,
  oom: false,
  mounts: [],
  borrowed: [],
  ...rest,
})
