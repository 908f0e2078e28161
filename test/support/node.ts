import type { ChildStatus } from '../../src/children/status.ts'
import { docker, inside, tryDocker } from './docker.ts'
import { eventually } from './eventually.ts'

/** What a node says, both streams; a node that was removed says nothing. */
export const logOf = async (node: string): Promise<string> => {
  const { stdout, stderr } = await tryDocker(['logs', node])
  return stdout + stderr
}

/** Waits until the node has said it, and gives all that it has said. */
export const untilSaid = (node: string, what: RegExp, within = 20_000): Promise<string> =>
  eventually(
    async () => {
      const log = await logOf(node)
      if (!what.test(log)) throw new Error(`${node} has not said ${what}:\n${log}`)
      return log
    },
    { within, every: 100 },
  )

/** How many lines of the log match. */
export const timesSaid = (log: string, what: RegExp): number =>
  log.split('\n').filter((line) => what.test(line)).length

/** A child as the node's status tells it. */
export const childStatusOf = async (node: string, child: string): Promise<ChildStatus> => {
  const status = JSON.parse(await inside(node, 'cat', '/run/serfnode/status.json'))
  const found = status.children.find(({ name }: ChildStatus) => name === child)
  if (!found) throw new Error(`${node} has no child ${child}`)
  return found
}

export const untilChild = (
  node: string,
  child: string,
  expected: Partial<ChildStatus>,
  within = 20_000,
): Promise<ChildStatus> =>
  eventually(
    async () => {
      const found = await childStatusOf(node, child)
      for (const [key, value] of Object.entries(expected)) {
        if (JSON.stringify(found[key as keyof ChildStatus]) !== JSON.stringify(value)) {
          throw new Error(`wanted ${key} ${JSON.stringify(value)}, saw ${JSON.stringify(found)}`)
        }
      }
      return found
    },
    { within, every: 100 },
  )

/** What a node's supervisor keeps. */
export type Service = 'agent' | 'serf' | 'dns' | 'dns-zone'

/** The pid, inside the node, of one of its services; throws while it is down. */
export const servicePid = async (node: string, service: Service): Promise<string> => {
  const pid = await inside(node, 's6-svstat', '-o', 'pid', `/run/service/${service}`)
  if (!/^[1-9]\d*$/.test(pid)) throw new Error(`${service} of ${node} is down`)
  return pid
}

/** Kills services with SIGKILL, all at once, and waits until their supervisor has them up again. */
export const killServices = async (
  node: string,
  ...services: readonly Service[]
): Promise<void> => {
  const before = await Promise.all(services.map((service) => servicePid(node, service)))
  await inside(node, 'sh', '-c', `kill -9 ${before.join(' ')}`)
  await eventually(async () => {
    for (const [at, service] of services.entries()) {
      if ((await servicePid(node, service)) === before[at]) throw new Error(`old ${service}`)
    }
  })
}

/** Whether a path is there in a container. */
export const hasPath = async (container: string, path: string): Promise<boolean> =>
  (await tryDocker(['exec', container, 'test', '-e', path])).code === 0

/** Names of the network interfaces in a container. */
export const interfacesOf = async (container: string): Promise<string[]> => {
  const table = await inside(container, 'cat', '/proc/net/dev')
  return table.split('\n').flatMap((line) => /^\s*([\w@]+):/.exec(line)?.[1] ?? [])
}

/** What makes a container the same one that was never restarted. */
export const lifeOf = (container: string): Promise<string> =>
  docker('inspect', '-f', '{{.Id}} {{.State.Pid}} {{.State.StartedAt}}', container)

export const idOf = (container: string): Promise<string> =>
  docker('inspect', '-f', '{{.Id}}', container)
