import { pause } from '../../src/lib/wait.ts'
import { type Docker, dockerLines } from '../setup/docker.ts'
import type { Steps } from '../setup/steps.ts'
import type { Demo } from './demo.ts'
import { find } from './find.ts'

const GONE_WITHIN_MS = 10_000

/** Children of these nodes, those too whose node was removed by hand. */
const childrenOf = async (docker: Docker, demo: Demo, names: string[]): Promise<string[]> => {
  const lists = names.map((name) => {
    const labels = [...demo.childLabels, `io.serfnode.node-container=${name}`]
    const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
    return dockerLines(docker, ['ps', '-aq', '--no-trunc', ...filters])
  })
  return (await Promise.all(lists)).flat()
}

/** Anonymous volumes that nodes share with their children. */
const sharedVolumes = async (docker: Docker, children: string[]): Promise<string[]> => {
  const format = '{{index .Config.Labels "io.serfnode.volumes"}}'
  const shared = children.map((id) =>
    // A child may go with its node meanwhile.
    docker(['inspect', '--format', format, id]).catch(() => ''),
  )
  const names = (await Promise.all(shared)).flatMap((text) => text.trim().split(','))
  return [...new Set(names.filter((name) => /^[0-9a-f]{64}$/.test(name)))]
}

/** Removes containers, whether the engine is at it already (`docker run --rm`) or not. */
const removeContainers = async (docker: Docker, ids: string[]): Promise<void> => {
  const deadline = Date.now() + GONE_WITHIN_MS
  for (const id of ids) {
    for (;;) {
      const error = await docker(['rm', '--force', '--volumes', id]).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      const [left] = await dockerLines(docker, ['ps', '-aq', '--no-trunc', '--filter', `id=${id}`])
      if (left === undefined) break
      if (Date.now() > deadline) throw error
      await pause(100)
    }
  }
}

/** Stops and removes nodes with their children and anonymous volumes; nothing that is not ours. */
export const removeNodes = async (docker: Docker, demo: Demo, names: string[]): Promise<number> => {
  const found = await Promise.all(
    names.map(async (name) => ({ name, there: await find(docker, demo, name) })),
  )
  const nodes = found.flatMap(({ there }) => (there?.isOurs ? [there.id] : []))
  const free = found.flatMap(({ name, there }) => (there && !there.isOurs ? [] : [name]))
  const before = await childrenOf(docker, demo, free)
  const volumes = await sharedVolumes(docker, before)
  const stops = nodes.map((id) =>
    // One that removes itself may be gone before the engine has answered.
    docker(['stop', '-t', '15', id], { timeoutMs: 120_000 }).catch(() => undefined),
  )
  await Promise.all(stops)
  const all = new Set([...(await childrenOf(docker, demo, free)), ...before, ...nodes])
  await removeContainers(docker, [...all])
  for (const name of volumes) await docker(['volume', 'rm', name]).catch(() => undefined) // gone with its node
  return all.size
}

/** Removes a volume by its name, when it is there. */
const removeVolume = async (docker: Docker, name: string): Promise<void> => {
  const names = await dockerLines(docker, ['volume', 'ls', '-q', '--filter', `name=^${name}$`])
  if (names.includes(name)) await docker(['volume', 'rm', name])
}

/** Removes what a demo runs: nodes, children, volumes; of some nodes, only nodes and children. */
export const removeDemo = async (
  docker: Docker,
  demo: Demo,
  { step }: Steps,
  names?: string[],
): Promise<void> => {
  await step(`stop and remove nodes, children and volumes of ${demo.name}`, async (note) => {
    const all = demo.nodes.map(({ name }) => name)
    note(`${await removeNodes(docker, demo, names ?? all)} containers removed`)
    if (all.some((name) => names && !names.includes(name))) return
    for (const name of demo.volumes) await removeVolume(docker, name)
  })
}
