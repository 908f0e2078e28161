import { LABEL } from '../children/labels.ts'
import type { Docker } from '../docker/client.ts'
import { createLineSplitter, type LogLine } from '../docker/log-lines.ts'
import { SerfnodeError } from '../lib/errors.ts'

/** What a container without a time of its own gets between the stop signal and SIGKILL, in seconds. */
const GRACE_S = 10

/** `conflict`: the child has no container now; `unavailable`: there is no engine to ask. */
export class ChildControlError extends SerfnodeError<'conflict' | 'unavailable'> {}

type LogsWanted = { tail: number; follow: boolean; signal: AbortSignal }

export type ChildControl = ReturnType<typeof createChildControl>

/**
 * Does to children what a person would do with `docker stop` and the like. The engine tells of it by
 * its events, so that the supervision takes it for what it is: a hand.
 */
export const createChildControl = ({
  docker,
  owner,
}: {
  docker:
    | Pick<
        Docker,
        | 'listContainers'
        | 'inspectContainer'
        | 'startContainer'
        | 'stopContainer'
        | 'restartContainer'
        | 'logs'
      >
    | undefined
  /** Id of the node's container. */
  owner: string | undefined
}) => {
  const engine = () => {
    if (docker) return docker
    throw new ChildControlError('unavailable', 'this node has no Docker socket', {
      retryable: true,
    })
  }
  const containerOf = async (child: string): Promise<string> => {
    const labels = [`${LABEL.owner}=${owner}`, `${LABEL.child}=${child}`]
    const found = await engine().listContainers({ all: true, labels })
    const best = found.find(({ State }) => State === 'running') ?? found[0]
    if (best) return best.Id
    throw new ChildControlError('conflict', `child ${child} has no container now`)
  }
  const graceOf = async (id: string): Promise<{ timeoutS: number }> => {
    const { Config } = await engine().inspectContainer(id)
    return { timeoutS: Config.StopTimeout ?? GRACE_S }
  }

  async function* linesOf(id: string, how: LogsWanted): AsyncGenerator<LogLine, void, undefined> {
    const lines = createLineSplitter()
    const chunks = engine().logs(id, { ...how, timestamps: true })
    for await (const { stream, data } of chunks) yield* lines.push(stream, data)
    yield* lines.end()
  }

  return {
    /** Rejects when there is no container; what fails later fails while it is read. */
    logs: async (child: string, how: LogsWanted): Promise<AsyncIterable<LogLine>> =>
      linesOf(await containerOf(child), how),
    start: async (child: string): Promise<void> =>
      engine().startContainer(await containerOf(child)),
    stop: async (child: string): Promise<void> => {
      const id = await containerOf(child)
      await engine().stopContainer(id, await graceOf(id))
    },
    restart: async (child: string): Promise<void> => {
      const id = await containerOf(child)
      await engine().restartContainer(id, await graceOf(id))
    },
  }
}
