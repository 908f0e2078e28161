import { type ApiValues, apiSettings } from './api.ts'
import {
  CHILD_NAME,
  environmentPairs,
  roleName,
  volumesFrom,
  type WrittenChild,
} from './child-keys.ts'
import { dockerRun } from './docker-run.ts'
import type { Pair } from './pairs.ts'
import { isTokenLike, peers, peersWithoutTokens } from './peers.ts'
import { ports } from './ports.ts'
import { absolutePath, address, flag, matching, oneOf, portNumber } from './scalars.ts'
import { Advice, type At, at, listOf, parsed, type Shape } from './shape.ts'
import type { Mount, Peer, Port } from './types.ts'
import { volume } from './volumes.ts'

/** The settings of a node as they are merged, before children are completed. */
export type NodeValues = ApiValues & {
  role: string
  peer: Peer[]
  cluster: string
  node_name: string
  token: string
  token_file: string
  insecure: boolean
  serf_ip: string
  serf_port: number
  rpc_port: number
  service_ip: string
  service_port: number
  reach: 'engine'
  ports: At<Port[]>[]
  volumes: At<Mount>[]
  volumes_from: At<string>[]
  environment: Pair[]
  docker_run: At<Partial<WrittenChild>>
  docker_name: string
  host_prefix: string
  docker_socket: string
  dns: boolean
  log_level: 'debug' | 'info' | 'warn' | 'error'
}

export type Setting<T> = {
  /** The variable, then other names it may have. */
  variables: readonly string[]
  /** Whether the variable's text is YAML. */
  yaml?: boolean
  /** Whether `serfnode:` has a key of the setting's name; a shape when it takes less there. */
  key: boolean | Shape<T>
  default?: T
  /** The default in words, when it is found out. */
  otherwise?: string
  meaning: string
  shape: Shape<T>
}

const plainName = matching(
  "63 of letters, digits, '_', '.' and '-' at most, a letter or digit first and last, not localhost",
  /^(?!localhost|ip6-|broadcasthost|.*\.localhost$|.*\.\.)[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?$/i,
)

const token = parsed({
  expected: 'a token SN1-..., the output of "serfnode token"',
  secret: true,
  parse: (found) => (isTokenLike(found.trim()) ? found.trim() : undefined),
})

const reach = parsed<'engine'>({
  expected: 'engine',
  schema: { enum: ['engine'] },
  parse: (found) => {
    if (found === 'engine') return found
    return found === 'hosts' ? new Advice('several hosts are not supported yet') : undefined
  },
})

const socketPath = parsed({
  expected: "the absolute path of Docker's socket",
  parse: (found) => {
    const path = found.replace(/^unix:\/\//, '')
    if (path.startsWith('/')) return path
    return found.includes('://') ? new Advice('only a unix socket is supported') : undefined
  },
})

/** Every setting, once: from here come merging, `--help`, the JSON Schema and docs/settings.md. */
export const settings: { readonly [K in keyof NodeValues]: Setting<NodeValues[K]> } = {
  role: {
    variables: ['ROLE'],
    key: true,
    default: 'no_role',
    meaning: 'What the node is for; other nodes find it by this name. Spaces are allowed.',
    shape: roleName,
  },
  peer: {
    variables: ['PEER'],
    key: peersWithoutTokens,
    otherwise: 'none',
    meaning:
      'Where to find the cluster: `host[:port]`, a DNS name, the name of a container on this engine, or a token; several are separated by commas or spaces. No token in serfnode.yml.',
    shape: peers,
  },
  cluster: {
    variables: ['SERFNODE_CLUSTER'],
    key: true,
    default: 'default',
    meaning: 'The name of the cluster; nodes of one engine and one cluster find each other.',
    shape: plainName,
  },
  node_name: {
    variables: ['NODE_NAME'],
    key: true,
    otherwise: 'role and container id',
    meaning: "The node's name for people; the member's name is made of it.",
    shape: plainName,
  },
  token: {
    variables: ['SERFNODE_TOKEN'],
    key: false,
    otherwise: 'none',
    meaning:
      "The cluster's token, the output of `serfnode token`. `SERFNODE_TOKEN_FILE` is safer: a variable is seen by whoever may inspect the container.",
    shape: token,
  },
  token_file: {
    variables: ['SERFNODE_TOKEN_FILE'],
    key: false,
    otherwise: 'none',
    meaning: 'A file that holds the token.',
    shape: absolutePath,
  },
  insecure: {
    variables: ['SERFNODE_INSECURE'],
    key: true,
    default: false,
    meaning: '`1`: gossip is not encrypted; whoever reaches the port may join.',
    shape: flag,
  },
  serf_ip: {
    variables: ['SERF_IP', 'IP'],
    key: true,
    otherwise: "the container's own",
    meaning: 'The address that is told to other members.',
    shape: address,
  },
  serf_port: {
    variables: ['SERF_PORT'],
    key: true,
    default: 7946,
    meaning: 'The port of gossip, TCP and UDP.',
    shape: portNumber(1),
  },
  rpc_port: {
    variables: ['RPC_PORT'],
    key: true,
    default: 7373,
    meaning: "The port of Serf's RPC, on loopback only.",
    shape: portNumber(1),
  },
  service_ip: {
    variables: ['SERVICE_IP'],
    key: true,
    otherwise: 'as SERF_IP',
    meaning: "The address at which other nodes use this node's services.",
    shape: address,
  },
  service_port: {
    variables: ['SERVICE_PORT'],
    key: true,
    default: 0,
    meaning: 'A port that is told with the service; 0: none.',
    shape: portNumber(0),
  },
  reach: {
    variables: ['SERFNODE_REACH'],
    key: true,
    default: 'engine',
    meaning: 'From where the node can be reached: `engine`, its own Docker engine.',
    shape: reach,
  },
  ports: {
    variables: ['APP_PORTS'],
    yaml: true,
    key: true,
    otherwise: 'none',
    meaning: 'Added to `ports` of every child. The variable holds a YAML list.',
    shape: listOf(at(ports), { orOne: true }),
  },
  volumes: {
    variables: ['APP_VOLUMES'],
    yaml: true,
    key: true,
    otherwise: 'none',
    meaning:
      'Added to `volumes` of every child; wins where a child mounts the same path. The variable holds a YAML list.',
    shape: listOf(at(volume), { orOne: true }),
  },
  volumes_from: {
    variables: ['APP_VOLUMES_FROM'],
    yaml: true,
    key: true,
    otherwise: 'none',
    meaning: 'Added to `volumes_from` of every other child. The variable holds a YAML list.',
    shape: listOf(at(volumesFrom), { orOne: true }),
  },
  environment: {
    variables: [],
    key: true,
    otherwise: 'none',
    meaning: 'Variables of every child; they win over those of a child.',
    shape: environmentPairs,
  },
  docker_run: {
    variables: ['DOCKER_RUN'],
    key: false,
    otherwise: 'none',
    meaning:
      'One more child, written as for `docker run`: options, an image, its command. It starts after those of serfnode.yml and is like them: in the network of its node, started again when it ends.',
    shape: at(dockerRun),
  },
  docker_name: {
    variables: ['DOCKER_NAME'],
    key: false,
    default: 'app_docker_run',
    meaning: 'The name of the child of `DOCKER_RUN`.',
    shape: matching("the name of a child: letters, digits, '_', '.' and '-'", CHILD_NAME),
  },
  ...apiSettings,
  host_prefix: {
    variables: ['HOST_PREFIX'],
    key: false,
    default: '/host',
    meaning: "Where the host's root is mounted, if it is (`-v /:/host`).",
    shape: absolutePath,
  },
  docker_socket: {
    variables: ['DOCKER_SOCKET'],
    key: false,
    otherwise: '/var/run or /run/docker.sock',
    meaning: "Docker's socket; it is looked for as it stands and below `HOST_PREFIX`.",
    shape: socketPath,
  },
  dns: {
    variables: ['SERFNODE_DNS'],
    key: true,
    default: true,
    meaning:
      '`false` or `off`: no DNS for the names of the cluster; they are in the hosts file only. It is off by itself when a child has port 53.',
    shape: flag,
  },
  log_level: {
    variables: ['SERFNODE_LOG_LEVEL'],
    key: true,
    default: 'info',
    meaning: 'The least important messages to log: `debug`, `info`, `warn` or `error`.',
    shape: oneOf(['debug', 'info', 'warn', 'error']),
  },
}

/** The table as a list, for walking over it. */
export const settingList: readonly (Setting<unknown> & { name: keyof NodeValues })[] =
  Object.entries<Setting<never>>(settings as never).map(([name, setting]) => ({
    ...(setting as Setting<unknown>),
    name: name as keyof NodeValues,
  }))
