import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { docker, inside, sweep, TEST_LABEL, TEST_PREFIX, tryDocker } from './docker.ts'
import { eventually } from './eventually.ts'

export const IMAGE = process.env.SERFNODE_IMAGE ?? 'serfnode'
/** The Debian base that set-up made or pulled: what test children run. */
export const BASE = process.env.SERFNODE_BASE ?? 'serfnode-base:trixie'
export const SOCKET = ['-v', '/var/run/docker.sock:/var/run/docker.sock']

export type NodeOptions = {
  role?: string
  peer?: string
  /** Text of serfnode.yml, mounted read-only. */
  yml?: string
  env?: Record<string, string>
  /** More arguments of `docker run`. */
  args?: string[]
  /** Whether the node gets the Docker socket; it does unless told otherwise. */
  socket?: boolean
  image?: string
}

/**
 * A cluster of its own for one test file: every node started through it has its name in front, and
 * all is removed at the end, or by the sweep of the next run.
 */
export const testCluster = (name: string) => {
  const cluster = `${TEST_PREFIX}${name}`
  sweep(cluster)
  const folder = mkdtempSync(join(tmpdir(), `${cluster}-`))
  let files = 0

  const runArgs = (node: string, options: NodeOptions): string[] => {
    const env: Record<string, string> = { SERFNODE_CLUSTER: cluster, ...options.env }
    if (options.role !== undefined) env['ROLE'] = options.role
    if (options.peer !== undefined) env['PEER'] = options.peer
    const args = ['--name', `${cluster}-${node}`, '--label', `${TEST_LABEL}=${cluster}`]
    if (options.socket !== false) args.push(...SOCKET)
    for (const [key, value] of Object.entries(env)) args.push('-e', `${key}=${value}`)
    if (options.yml !== undefined) {
      const file = join(folder, `${files++}.yml`)
      writeFileSync(file, options.yml)
      args.push('-v', `${file}:/serfnode.yml:ro`)
    }
    return [...args, ...(options.args ?? []), options.image ?? IMAGE]
  }

  return {
    cluster,
    folder,
    /** The container name of a node. */
    container: (node: string): string => `${cluster}-${node}`,
    /** The container name of a node's child. */
    child: (node: string, child: string): string => `${child}_app_${cluster}-${node}`,
    start: async (node: string, options: NodeOptions = {}): Promise<string> => {
      await docker('run', '-d', ...runArgs(node, options))
      return `${cluster}-${node}`
    },
    /** In the foreground, for nodes that end by themselves. */
    runToEnd: (node: string, options: NodeOptions = {}) =>
      tryDocker(['run', '--rm', ...runArgs(node, options)]),
    [Symbol.dispose]: (): void => {
      sweep(cluster)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type TestCluster = ReturnType<typeof testCluster>

/** Names of live members as `serf members` inside a node lists them, in the order of letters. */
export const aliveMembers = async (node: string): Promise<string[]> => {
  const members = await inside(node, 'serf', 'members', '-status=alive')
  return members
    .split('\n')
    .map((line) => line.split(/\s+/)[0] ?? '')
    .filter(Boolean)
    .sort()
}

export const untilMembers = (node: string, count: number, within = 20_000) =>
  eventually(
    async () => {
      const members = await aliveMembers(node)
      if (members.length !== count)
        throw new Error(`${node} sees ${members.join(', ') || 'nobody'}`)
      return members
    },
    { within, every: 100 },
  )

/**
 * What a name resolves to in a container, by its libc; undefined when the hosts file does not know
 * it: libc would go on to ask DNS, which has nothing to say about us and may take 10 s to say so.
 */
export const resolved = async (container: string, name: string): Promise<string | undefined> => {
  const { code, stdout } = await tryDocker([
    'exec',
    container,
    'getent',
    '-s',
    'files',
    'hosts',
    name,
  ])
  return code === 0 ? stdout.split(/\s+/)[0] : undefined
}

export const untilResolved = (
  container: string,
  name: string,
  address: string | undefined,
  within = 20_000,
) =>
  eventually(
    async () => {
      const found = await resolved(container, name)
      if (found !== address) throw new Error(`${name} is ${found ?? 'unknown'} in ${container}`)
    },
    { within, every: 100 },
  )

export const addressOf = (node: string): Promise<string> =>
  docker('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', node)

export const stateOf = async (container: string): Promise<string> => {
  const { code, stdout } = await tryDocker(['inspect', '-f', '{{.State.Status}}', container])
  return code === 0 ? stdout.trim() : 'absent'
}

export const untilState = (container: string, state: string, within = 20_000) =>
  eventually(
    async () => {
      const found = await stateOf(container)
      if (found !== state) throw new Error(`${container} is ${found}`)
    },
    { within, every: 100 },
  )
