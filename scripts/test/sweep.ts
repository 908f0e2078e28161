import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Docker, dockerLines } from '../setup/docker.ts'

const LABEL = 'io.serfnode.test'
const PREFIX = 'sntest-'
const FOLDERS = /^(sntest|serfnode-test)-/

export type Container = {
  id: string
  isTest: boolean
  node: string
  owner: string
  cluster: string
}

/** Containers that tests started, the children of their nodes, and children that lost their node. */
export const ofTests = (containers: readonly Container[]): Container[] => {
  const nodes = new Set(containers.filter(({ isTest }) => isTest).map(({ id }) => id))
  return containers.filter(
    ({ isTest, node, owner, cluster }) =>
      isTest || nodes.has(owner) || node.startsWith(PREFIX) || cluster.startsWith(PREFIX),
  )
}

const listContainers = async (docker: Docker): Promise<Container[]> => {
  const labels = [LABEL, 'io.serfnode.node-container', 'io.serfnode.owner', 'io.serfnode.cluster']
  const format = ['{{.ID}}', ...labels.map((label) => `{{.Label "${label}"}}`)].join('\t')
  const lines = await dockerLines(docker, ['ps', '-a', '--no-trunc', '--format', format])
  return lines.map((line) => {
    const [id = '', test = '', node = '', owner = '', cluster = ''] = line.split('\t')
    return { id, isTest: test !== '', node, owner, cluster }
  })
}

const named = async (docker: Docker, kind: 'volume' | 'network'): Promise<string[]> => {
  const list = (filter: string) =>
    dockerLines(docker, [kind, 'ls', '--format', '{{.Name}}', '--filter', filter])
  const both = await Promise.all([list(`name=${PREFIX}`), list(`label=${LABEL}`)])
  return [...new Set(both.flat())]
}

const images = (docker: Docker): Promise<string[]> =>
  dockerLines(docker, ['images', '--format', '{{.Repository}}:{{.Tag}}', `${PREFIX}*`])

/**
 * Removes what tests made and did not remove, since they were killed: by label and name, and the
 * children of test nodes. Returns what it removed, in words.
 */
export const sweepTests = async (docker: Docker): Promise<string[]> => {
  // Nodes first: a living one would start its children again.
  const found = ofTests(await listContainers(docker))
  const ids = [...found.filter((each) => each.isTest), ...found.filter((each) => !each.isTest)].map(
    ({ id }) => id,
  )
  const swept: string[] = []
  const remove = async (kind: string, names: string[], command: string[]) => {
    if (names.length === 0) return
    // One that is in use, or gone meanwhile, does not keep the others.
    for (const name of names) await docker([...command, name]).catch(() => undefined)
    swept.push(`${names.length} ${kind}`)
  }
  await remove('containers', ids, ['rm', '--force', '--volumes'])
  await remove('volumes', await named(docker, 'volume'), ['volume', 'rm', '--force'])
  await remove('networks', await named(docker, 'network'), ['network', 'rm'])
  await remove('images', await images(docker), ['rmi', '--force'])

  const folders = (await readdir(tmpdir())).filter((name) => FOLDERS.test(name))
  for (const name of folders) {
    // One with a mount in it stays; the next run tries again.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  }
  if (folders.length > 0) swept.push(`${folders.length} temporary files`)
  return swept
}
