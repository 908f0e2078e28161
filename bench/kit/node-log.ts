import { logOf } from '../../test/support/node.ts'

export type LogLine = { at: number; msg: string; [fact: string]: unknown }

/** The lines that the agent of a node logged, with their instants; serf's own lines left out. */
export const readNodeLog = async (node: string): Promise<LogLine[]> =>
  (await logOf(node)).split('\n').flatMap((line): LogLine[] => {
    if (!line.startsWith('{')) return []
    const { time, ...facts } = JSON.parse(line)
    return [{ at: Date.parse(time), ...facts }]
  })

/** When the first line like this was logged, since an instant. */
export const whenLogged = (
  lines: readonly LogLine[],
  what: RegExp,
  since = 0,
): number | undefined => lines.find(({ at, msg }) => at >= since && what.test(msg))?.at
