import { randomBytes } from 'node:crypto'
import { clearContainer } from '../../src/children/clear.ts'
import type { ChildDocker } from '../../src/children/docker.ts'
import { borrowedVolumes } from '../../src/children/labels.ts'
import type { ChildStatus } from '../../src/children/status.ts'
import { type SuperviseOptions, superviseChildren } from '../../src/children/supervise.ts'
import type { NodeFacts } from '../../src/children/types.ts'
import type { ChildSettings } from '../../src/config/types.ts'
import { connectDocker, type HostConfig } from '../../src/docker/client.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { childSettings } from './settings.ts'

export const docker = connectDocker({ socketPath: '/var/run/docker.sock', timeoutMs: 20_000 })
export const TEST = { 'io.serfnode.test': '1' }

/** A child of a real image that ends on SIGTERM. */
export const sleeper = (name: string, rest: Partial<ChildSettings> = {}): ChildSettings =>
  childSettings(name, { init: true, stop_grace_period: 2000, labels: TEST, ...rest })

const running = new Set<AbortController>()

/** Ends what a failed test left running. Removes the nodes of a suite and their children, also those of a run that was killed. */
export const sweep = async (suite: string): Promise<void> => {
  for (const control of running) control.abort()
  const all = await docker.listContainers({ all: true, labels: ['io.serfnode.test'] })
  const mine = all.filter(
    ({ Names, Labels }) =>
      Names[0]?.includes(`sntest-${suite}-`) || Labels['io.serfnode.cluster'] === cluster(suite),
  )
  for (const { Id, Labels } of mine) {
    await docker.removeContainer(Id, { force: true, volumes: true }).catch(() => {})
    await clearContainer(docker, { id: Id, borrowed: borrowedVolumes(Labels) })
  }
}

const cluster = (suite: string): string => `sntest-${suite}`

export type StandIn = {
  id: string
  name: string
  facts: NodeFacts
  supervise: (
    children: ChildSettings[],
    rest?: Partial<SuperviseOptions> & { docker?: ChildDocker },
  ) => Supervised
}

export type Supervised = ReturnType<typeof superviseChildren> & {
  log: ReturnType<typeof keptLog>
  /** Ends the supervision as an agent's restart does. */
  end: () => Promise<void>
  status: (child: string) => ChildStatus
  /** Waits until the child's status is as `expected`. */
  until: (child: string, expected: Partial<ChildStatus>, within?: number) => Promise<ChildStatus>
}

/** A container that stands in for a node: it only sleeps. */
export const startStandIn = async (
  suite: string,
  hostConfig: HostConfig = {},
  name = `sntest-${suite}-${randomBytes(3).toString('hex')}`,
): Promise<StandIn> => {
  const { Id } = await docker.createContainer(name, {
    Image: 'serfnode-base:trixie',
    Cmd: ['sleep', '1000'],
    Labels: TEST,
    HostConfig: { Init: true, ...hostConfig },
  })
  await docker.startContainer(Id)
  const facts = await factsOf(Id, suite)
  return {
    id: Id,
    name,
    facts,
    supervise: (children, rest) => supervise({ ...facts }, children, rest),
  }
}

/** As an agent finds them when it starts. */
export const factsOf = async (id: string, suite: string): Promise<NodeFacts> => {
  const inspect = await docker.inspectContainer(id)
  return {
    containerId: id,
    containerName: inspect.Name.slice(1),
    node: `node-${id.slice(0, 6)}`,
    cluster: cluster(suite),
    memberId: `node.${id.slice(0, 6)}`,
    hostPrefix: '/host',
    socketPaths: ['/host/run/docker.sock', '/var/run/docker.sock'],
    inspect,
  }
}

export const supervise = (
  own: NodeFacts,
  children: ChildSettings[],
  rest: Partial<SuperviseOptions> = {},
): Supervised => {
  const control = new AbortController()
  running.add(control)
  const log = keptLog()
  const supervisor = superviseChildren({
    docker,
    own,
    children,
    roles: { has: () => true },
    advertiseAt: 'container',
    log,
    signal: control.signal,
    onChange: () => {},
    ...rest,
  })
  const status = (child: string): ChildStatus => {
    const found = supervisor.view().children.find(({ name }) => name === child)
    if (!found) throw new Error(`no child ${child}`)
    return found
  }
  return {
    ...supervisor,
    log,
    status,
    async end() {
      control.abort()
      await supervisor.done
    },
    until: (child, expected, within = 10_000) =>
      eventually(
        () => {
          const now = status(child)
          for (const [key, value] of Object.entries(expected)) {
            if (now[key as keyof ChildStatus] === value) continue
            throw new Error(
              `wanted ${key} ${value}, saw ${JSON.stringify(supervisor.view().children)}`,
            )
          }
          return now
        },
        { within, every: 20 },
      ),
  }
}

/** Names of the interfaces that a container sees. */
export const interfacesOf = async (id: string): Promise<string[]> => {
  const { stdout } = await docker.exec(id, { cmd: ['cat', '/proc/net/dev'] })
  return stdout.split('\n').flatMap((line) => /^\s*(\w+):/.exec(line)?.[1] ?? [])
}

export const childIn = async (id: string) => {
  const children = await docker.listContainers({
    all: true,
    labels: [`io.serfnode.owner=${id}`],
  })
  return new Map(children.map((child) => [child.Labels['io.serfnode.child'] ?? '', child] as const))
}
