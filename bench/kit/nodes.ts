import { BASE } from '../../test/support/cluster.ts'
import { docker, TEST_LABEL } from '../../test/support/docker.ts'
import type { Context } from './context.ts'
import { addressIn, hostsFileOf } from './hosts-file.ts'
import { until } from './until.ts'

/** A child that ends at once when it is told to, and the same as a plain container. */
export const CHILD = { image: BASE, command: 'sleep 1d', init: true }
const PLAIN_ARGS = ['--init', BASE, 'sleep', '1d']

export const ymlOf = (...children: string[]): string =>
  JSON.stringify({ children: children.map((name) => ({ [name]: CHILD })) })

export type Up = { role: string; container: string; child: string; hostsFile: string }

/** Nodes with one child each, the cluster's usual state; resolves when all know each other. */
export const startNodes = async (
  { cluster, signal }: Context,
  roles: readonly string[],
  yml = ymlOf('app'),
): Promise<Up[]> => {
  const nodes: Up[] = []
  for (const role of roles) {
    const container = await cluster.start(role, { role, yml })
    const hostsFile = await hostsFileOf(container)
    nodes.push({ role, container, child: cluster.child(role, 'app'), hostsFile })
  }
  const knows = ({ hostsFile }: Up) => roles.every((role) => addressIn(hostsFile, role))
  await until('the nodes know each other', () => nodes.every(knows) || undefined, {
    signal,
    withinMs: 60_000,
    everyMs: 50,
  })
  return nodes
}

/** `docker run -d` of what the nodes have as a child, without a node. */
export const runPlain = async (
  { cluster }: Context,
  name: string,
  ...args: string[]
): Promise<string> => {
  const container = cluster.container(name)
  const label = ['--label', `${TEST_LABEL}=${cluster.cluster}`]
  await docker('run', '-d', '--name', container, ...label, ...args, ...PLAIN_ARGS)
  return container
}

export const remove = (...containers: string[]): Promise<string> =>
  docker('rm', '-fv', ...containers)
