import { createServer } from 'node:net'
import { type Docker, dockerLines, imageId } from '../setup/docker.ts'
import { SetupError } from '../setup/errors.ts'

export const LABEL_DEMO = 'io.serfnode.demo'
export const CLUSTER = 'demo'

/** A node of the demo: the container's name, its image, the first host port to try for its 80. */
type DemoNode = { name: string; image: string; firstPort?: number }

export const NODES: DemoNode[] = [
  { name: 'mysql', image: 'serfnode-example-mysql' },
  { name: 'web1', image: 'serfnode-example-web', firstPort: 8081 },
  { name: 'web2', image: 'serfnode-example-web', firstPort: 8082 },
]

export type RunningNode = { name: string; port?: number }

/** The arguments after `docker` that start a node; the README shows the same line. */
export const runArguments = (
  { name, image }: DemoNode,
  socket: string,
  port?: number,
): string[] => [
  'run',
  '-d',
  ...['--name', name],
  ...['--label', `${LABEL_DEMO}=1`],
  ...['-v', `${socket}:/var/run/docker.sock`],
  ...['-e', `SERFNODE_CLUSTER=${CLUSTER}`],
  ...(port === undefined ? [] : ['-p', `${port}:80`]),
  image,
]

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })

const freePort = async (first: number): Promise<number> => {
  for (let port = first; port < first + 100; port += 10) if (await isFree(port)) return port
  throw new SetupError('not_ready', `ports ${first}, ${first + 10}, ... are all in use`)
}

type Found = { isOurs: boolean; isRunning: boolean; image: string; port?: number }

const find = async (docker: Docker, name: string): Promise<Found | undefined> => {
  const [id] = await dockerLines(docker, ['ps', '-aq', '--filter', `name=^/${name}$`])
  if (id === undefined) return undefined
  const [facts] = JSON.parse(await docker(['inspect', id])) as [
    {
      Image: string
      State: { Running: boolean }
      Config: { Labels?: Record<string, string> }
      HostConfig: { PortBindings?: Record<string, { HostPort: string }[]> }
    },
  ]
  const port = facts.HostConfig.PortBindings?.['80/tcp']?.[0]?.HostPort
  return {
    isOurs: facts.Config.Labels?.[LABEL_DEMO] === '1',
    isRunning: facts.State.Running,
    image: facts.Image,
    ...(port ? { port: Number(port) } : {}),
  }
}

/** Fails when a container that is not the demo's has one of its names. */
export const checkNames = async (docker: Docker): Promise<void> => {
  for (const { name } of NODES) {
    const found = await find(docker, name)
    if (found === undefined || found.isOurs) continue
    const hint = `docker rename ${name} OTHER, then try again`
    throw new SetupError('name_taken', `a container named ${name} is not the demo's: ${hint}`)
  }
}

/**
 * Starts the nodes that do not run yet, and those anew whose image was built again. `started` is
 * called with each command line.
 */
export const startNodes = async (
  docker: Docker,
  started: (line: string) => void,
  signal: AbortSignal,
): Promise<RunningNode[]> => {
  const running: RunningNode[] = []
  for (const node of NODES) {
    signal.throwIfAborted()
    const found = await find(docker, node.name)
    const isCurrent = found?.image === (await imageId(docker, node.image))
    if (found && isCurrent) {
      if (!found.isRunning) {
        started(`docker start ${node.name}`)
        await docker(['start', node.name])
      }
      running.push({ name: node.name, ...(found.port ? { port: found.port } : {}) })
      continue
    }
    if (found) await removeNodes(docker, [node.name])
    const port = node.firstPort === undefined ? undefined : await freePort(node.firstPort)
    const args = runArguments(node, docker.socket, port)
    started(['docker', ...args].join(' '))
    await docker(args)
    running.push({ name: node.name, ...(port ? { port } : {}) })
  }
  return running
}

const idsOf = (docker: Docker, filters: string[]): Promise<string[]> =>
  dockerLines(docker, [
    ...['ps', '-aq', '--no-trunc'],
    ...filters.flatMap((filter) => ['--filter', `label=${filter}`]),
  ])

/** Stops and removes nodes with their children and anonymous volumes; nothing that is not ours. */
export const removeNodes = async (
  docker: Docker,
  names: string[] = NODES.map(({ name }) => name),
): Promise<number> => {
  const ours = await Promise.all(
    names.map(async (name) => ((await find(docker, name))?.isOurs ? [name] : [])),
  )
  const nodes = ours.flat()
  if (nodes.length > 0) await docker(['stop', '--time', '15', ...nodes], { timeoutMs: 120_000 })
  // Nodes that were removed by hand leave their children behind.
  const children = await Promise.all(
    names.map((name) =>
      idsOf(docker, [`io.serfnode.cluster=${CLUSTER}`, `io.serfnode.node-container=${name}`]),
    ),
  )
  const format = '{{index .Config.Labels "io.serfnode.volumes"}}'
  const volumes = new Set<string>()
  for (const id of children.flat()) {
    const shared = await docker(['inspect', '--format', format, id])
    for (const name of shared.trim().split(',')) if (/^[0-9a-f]{64}$/.test(name)) volumes.add(name)
  }
  const all = [...children.flat(), ...nodes]
  if (all.length > 0) await docker(['rm', '--force', '--volumes', ...all])
  for (const name of volumes) await docker(['volume', 'rm', name]).catch(() => undefined) // gone with its node
  return all.length
}

/** Removes a volume by its name, when it is there; tells whether it was. */
export const removeVolume = async (docker: Docker, name: string): Promise<boolean> => {
  const names = await dockerLines(docker, ['volume', 'ls', '-q', '--filter', `name=^${name}$`])
  if (!names.includes(name)) return false
  await docker(['volume', 'rm', name])
  return true
}
