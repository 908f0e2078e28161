import { unlessGone } from '../../children/clear.ts'
import { LABEL } from '../../children/labels.ts'
import { findOrphans, type Orphan, removeOrphans } from '../../children/orphans.ts'
import type { Docker } from '../../docker/client.ts'
import { describeError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/log.ts'
import { defineCommand, jsonOption, option } from '../command.ts'
import { containerNameOf } from '../nodes.ts'

type Options = { cluster?: string; dryRun?: boolean; json?: boolean }

/** What `gc --json` prints of one container. */
type Collected = {
  container: string
  /** Of what node and child it was; a helper has neither. */
  node?: string
  child?: string
  state: string
  removed: boolean
  error?: string
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

type Helper = { id: string; container: string; cluster: string; state: string }

/** `serfnode run` needs such a container for less than this. */
const READING_S = 60

/** Helper containers whose node, or `serfnode run`, is gone. */
const findHelpers = async (
  docker: Pick<Docker, 'listContainers'>,
  nowS: number,
): Promise<Helper[]> => {
  const all = await docker.listContainers({ all: true })
  const ids = new Set(all.map(({ Id }) => Id))
  return all.flatMap((one) => {
    const { Id, Labels, State, Created } = one
    const { [LABEL.helper]: helper, [LABEL.owner]: owner } = Labels
    const forgotten = helper === 'reading' && nowS - Created > READING_S
    const orphan = helper !== undefined && owner !== undefined && !ids.has(owner)
    if (!forgotten && !orphan) return []
    const container = containerNameOf(one)
    return [{ id: Id, container, cluster: Labels[LABEL.cluster] ?? '', state: State }]
  })
}

const removeHelper = async (docker: Docker, helper: Helper, dryRun: boolean) => {
  const { id, container, state } = helper
  const shown = { container, state }
  try {
    if (!dryRun) await unlessGone(docker.removeContainer(id, { force: true, volumes: true }))
    return { ...shown, removed: !dryRun }
  } catch (error) {
    return { ...shown, removed: false, error: describeError(error) }
  }
}

const collected = ({ name, node, child, state }: Orphan): Omit<Collected, 'removed'> => ({
  container: name,
  node,
  child,
  state,
})

export const gc = defineCommand<Options>({
  summary: 'remove children whose node is gone',
  description:
    'They are left behind when a node is removed with docker rm -f. Named volumes stay in any case.',
  arguments: [],
  options: [
    option('--cluster <name>', 'only of this cluster'),
    option('--dry-run', 'only say what would be removed'),
    jsonOption(),
  ],
  examples: [
    ['serfnode gc --dry-run', 'look first'],
    ['serfnode gc', 'stop and remove them'],
  ],
  place: 'anywhere',
  run: async ({ cluster, dryRun = false, json }, context) => {
    const docker = await context.docker()
    const isWanted = (one: { cluster: string }): boolean =>
      cluster === undefined || one.cluster === cluster
    const orphans = (await findOrphans(docker)).filter(isWanted)
    const helpers = (await findHelpers(docker, Date.now() / 1000)).filter(isWanted)
    const failures = dryRun ? [] : await removeOrphans(docker, orphans, silent)
    const errorOf = new Map(failures.map(({ orphan, error }) => [orphan.id, describeError(error)]))
    const all: Collected[] = [
      ...orphans.map((orphan) => {
        const error = errorOf.get(orphan.id)
        const removed = !dryRun && error === undefined
        return { ...collected(orphan), removed, ...(error !== undefined && { error }) }
      }),
      ...(await Promise.all(helpers.map((helper) => removeHelper(docker, helper, dryRun)))),
    ]

    if (json) {
      context.out.line(JSON.stringify(all, null, 2))
    } else {
      for (const { container, node, error } of all) {
        const whose = node
          ? ` (child of ${node}, which is gone)`
          : ' (a helper that was left behind)'
        const deed = dryRun ? 'would remove' : error === undefined ? 'removed' : 'cannot remove'
        const line = `${deed} ${container}${whose}${error === undefined ? '' : `: ${error}`}`
        if (error === undefined) context.out.line(line)
        else context.err.line(line)
      }
      if (all.length === 0) context.err.line('nothing to remove')
    }
    return all.some(({ error }) => error !== undefined) ? 1 : 0
  },
})
