import type { EventRecord } from '../../src/events/types.ts'
import { inside } from './docker.ts'
import { eventually } from './eventually.ts'

/** The history of a node, as its own command tells it. */
export const eventsOf = async (node: string): Promise<EventRecord[]> => {
  const text = await inside(node, 'serfnode', 'events', '--json')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Waits until the node has heard an event for which `test` holds, and gives all that it heard. */
export const untilHeard = (
  node: string,
  test: (record: EventRecord) => boolean,
  within = 10_000,
): Promise<EventRecord[]> =>
  eventually(
    async () => {
      const records = await eventsOf(node)
      if (records.some(test)) return records
      throw new Error(`${node} heard ${JSON.stringify(records.slice(-5))}`)
    },
    { within, every: 100 },
  )

/** A query asked by the node's own command, as its --json tells it, and how long it took inside. */
export const queryIn = async (
  node: string,
  ...args: string[]
): Promise<{
  answers: { id: string; name: string; payload: string }[]
  end: { answered: number; none: number; silent: { id: string; name: string }[] }
  ms: number
}> => {
  const script =
    'a=$(date +%s%N); serfnode query --json "$@" || exit; b=$(date +%s%N); echo $((b - a))'
  const lines = (await inside(node, 'sh', '-c', script, 'sh', ...args)).split('\n')
  const ms = Number(lines.pop()) / 1e6
  const end = JSON.parse(lines.pop() ?? '')
  return { answers: lines.map((line) => JSON.parse(line)), end, ms }
}
