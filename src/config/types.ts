/** One mount of a child. `source` absent: an anonymous volume. */
export type Mount = {
  type: 'bind' | 'volume'
  source?: string
  target: string
  read_only: boolean
}

/** One port a child serves, as the node should publish it. */
export type Port = {
  container: number
  protocol: 'tcp' | 'udp'
  /** The host's port; absent: any free one. */
  host?: number
  /** The host's address to bind; absent: all. */
  address?: string
}

/** `sibling:alias`: `alias` resolves to the own node in its children. */
export type Link = { child: string; alias: string }

/** One child as `serfnode.yml` asks for it, checked and filled up. Field names are the YAML keys. */
export type ChildSettings = {
  name: string
  image: string
  /** When to pull: always, when the engine lacks the image, or never. */
  pull: 'always' | 'missing' | 'never'
  command?: string[]
  entrypoint?: string[]
  /** env_file and environment merged, with `serfnode.environment` winning. */
  environment: Record<string, string>
  volumes: Mount[]
  /** Names of sibling children; `container:NAME` is any other container of the engine. */
  volumes_from: string[]
  working_dir?: string
  user?: string
  privileged: boolean
  cap_add: string[]
  cap_drop: string[]
  links: Link[]
  /** Roles that must have a live member before this child starts. */
  needs: string[]
  /** Roles this child uses when they are there; declared only. */
  wants: string[]
  ports: Port[]
  expose: Port[]
  stop_signal?: string
  /** Milliseconds between the stop signal and SIGKILL. */
  stop_grace_period?: number
  /** Mount point to options, e.g. `/run` -> `size=64m`. */
  tmpfs: Record<string, string>
  labels: Record<string, string>
  read_only: boolean
  init: boolean
  /** Bytes. */
  mem_limit?: number
  cpus?: number
}

/** One handler as `serfnode.yml` asks for it. */
export type HandlerSettings = {
  /** The path as it is written. */
  name: string
  /** Absolute. */
  file: string
  /** What it hears: `user:deploy`, `query:load`, `member-join`, `*`, ... */
  events: string[]
  /** Milliseconds. */
  timeout?: number
  concurrency?: number
  docker_socket?: boolean
}

/** Where to look for the cluster: an address, a name to resolve, or a token. */
export type Peer =
  | { type: 'address'; host: string; port: number }
  | { type: 'token'; token: string }

/** Where the HTTP API listens besides its control socket. */
export type ApiSettings = {
  /** What callers may do there; absent: it listens at the control socket only. */
  right?: 'read' | 'events' | 'control'
  /** On loopback; absent: a child has the port. */
  port?: number
  publish?: { host: string; port: number; token: string }
  /** Names by which it is called besides addresses and localhost. */
  hosts: string[]
}

/** All settings of a node after environment, `serfnode.yml` and defaults were merged and checked. */
export type Settings = {
  role: string
  /** The human name (NODE_NAME); absent: made from role and container id. */
  node_name?: string
  cluster: string
  peers: Peer[]
  /** The token's text, from SERFNODE_TOKEN or the file that SERFNODE_TOKEN_FILE names. */
  token?: string
  insecure: boolean
  /** The address to advertise; absent: found out. */
  serf_ip?: string
  serf_port: number
  rpc_port: number
  /** The address services are told to be at; absent: serf_ip. */
  service_ip?: string
  service_port: number
  api: ApiSettings
  /** Path of the Docker socket candidates in order, as seen in the node. */
  docker_sockets: string[]
  /** Where the host's root is mounted (2015), `/host`. */
  host_prefix: string
  /** Whether the cluster's names are in DNS too. */
  dns: boolean
  log_level: 'debug' | 'info' | 'warn' | 'error'
  /** In start order. */
  children: ChildSettings[]
  /** Besides those in the folder of handlers. */
  handlers: HandlerSettings[]
}
