import { resolve } from 'node:path'
import type { Settings } from '../../config/types.ts'
import { CliError } from '../cli-error.ts'
import type { NodeContainer } from './docker-run-line.ts'
import { type Published, parsePublish } from './publish.ts'

export type RunOptions = {
  image: string
  yaml?: string
  name?: string
  role?: string
  peer?: string[]
  cluster?: string
  publish?: string[]
  env?: string[]
  volume?: string[]
  label?: string[]
  network?: string
  restart: string
}

type Surroundings = { cwd: string; env: NodeJS.ProcessEnv }

const RESTART = /^(no|always|unless-stopped|on-failure(:\d+)?)$/

/** The node as the options alone describe it. Throws CliError `usage`. */
export const wantedNode = (options: RunOptions, around: Surroundings): NodeContainer => {
  const { image, yaml, name, network, restart, volume = [], publish = [] } = options
  if (!RESTART.test(restart)) {
    throw new CliError(
      'usage',
      `--restart ${restart}: expected no, on-failure[:N], always or unless-stopped`,
    )
  }
  if (name !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new CliError('usage', `--name ${name}: expected two or more letters, digits, _ . and -`)
  }
  return {
    image,
    ...(name !== undefined && { name }),
    ...(network !== undefined && { network }),
    ...(yaml !== undefined && { yaml: resolve(around.cwd, yaml) }),
    restart,
    env: environment(options, around.env),
    // As Docker's own client has it: what begins with a dot is a path from here.
    volumes: volume.map((one) => {
      const [source = '', ...rest] = one.split(':')
      return source.startsWith('.') && rest.length > 0
        ? [resolve(around.cwd, source), ...rest].join(':')
        : one
    }),
    publish: publish.flatMap(parsePublish),
    labels: options.label ?? [],
  }
}

const environment = (options: RunOptions, env: NodeJS.ProcessEnv): string[] => {
  const ofFlags = [
    ['ROLE', options.role],
    ['PEER', options.peer?.join(',')],
    ['SERFNODE_CLUSTER', options.cluster],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  const given = (options.env ?? []).flatMap((entry) => {
    if (/^[^=\s]+=/.test(entry)) return [entry]
    if (/[=\s]/.test(entry) || entry === '') {
      throw new CliError('usage', `--env ${JSON.stringify(entry)}: expected NAME=VALUE or NAME`)
    }
    const value = env[entry]
    return value === undefined ? [] : [`${entry}=${value}`]
  })
  const all = [...ofFlags, ...given]
  const names = all.map((entry) => entry.slice(0, entry.indexOf('=')))
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new CliError('usage', `${twice} is given twice; keep one`)
  return all
}

/** Whether ports can be published: a node on another's or the host's network has none of its own. */
export const canPublish = (network: string | undefined): boolean =>
  network === undefined || !/^(host|none|container:.*)$/.test(network)

/**
 * What the node publishes besides its gossip: what the user asked for, and the `ports` of its
 * children, except those that the user published otherwise.
 */
export const publications = (
  asked: readonly Published[],
  { children }: Pick<Settings, 'children'>,
): Published[] => {
  const ofChildren = children
    .flatMap(({ ports }) => ports)
    .map(({ container, protocol, host, address }) => ({
      port: `${container}/${protocol}`,
      binding: { ...(address && { HostIp: address }), HostPort: host ? String(host) : '' },
    }))
  const isAsked = (port: string): boolean => asked.some((one) => one.port === port)
  return [...asked, ...ofChildren.filter(({ port }) => !isAsked(port))]
}

/** Gossip on one number inside and out, as Serf tells only one. */
export const gossipPublications = (port: number): Published[] =>
  ['tcp', 'udp'].map((protocol) => ({
    port: `${port}/${protocol}`,
    binding: { HostPort: String(port) },
  }))
