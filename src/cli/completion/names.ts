import { LABEL } from '../../children/labels.ts'
import { pause } from '../../lib/wait.ts'
import type { Context } from '../command.ts'
import { containerNameOf, isNode } from '../nodes.ts'

/** Whoever presses the tabulator waits. */
const DEADLINE_MS = 1_000

// The shell would run what stands in a `$(...)`, and a label may hold anything.
const HARMLESS = /^[\w.-]+(\/[\w.-]+)?$/

/**
 * The names behind `serfnode __complete`: containers of nodes, and for `targets` NODE/CHILD too.
 * One call to the engine; nothing when there is none, or when it is slow.
 */
export const completeNames = async (
  of: string | undefined,
  { docker, signal }: Pick<Context, 'docker' | 'signal'>,
): Promise<string[]> => {
  const ask = async (): Promise<string[]> => {
    const all = await (await docker()).listContainers({ all: true })
    const nodes = all.filter((one) => one.Labels[LABEL.image] !== undefined && isNode(one))
    return nodes.flatMap((node) => {
      const name = containerNameOf(node)
      const children = all.filter(({ Labels }) => Labels[LABEL.owner] === node.Id)
      const targets = children.map(({ Labels }) => `${name}/${Labels[LABEL.child]}`)
      return (of === 'targets' ? [name, ...targets] : [name]).filter((one) => HARMLESS.test(one))
    })
  }
  const late = pause(DEADLINE_MS, signal).then((): string[] => [])
  // No engine, no names: an error in the middle of a command line helps nobody.
  return Promise.race([ask().catch((): string[] => []), late])
}
