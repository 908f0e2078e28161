import type { Docker } from '../../docker/client.ts'
import { isDockerError } from '../../docker/errors.ts'
import { pause } from '../../lib/wait.ts'
import { parseStatus } from '../node-status.ts'
import type { Progress } from '../progress.ts'

const LOOK_EVERY_MS = 200

/** How the start of a node went. `address` is its `ip:port`. */
export type StartResult =
  | { type: 'up'; address: string }
  | { type: 'ended'; exitCode: number }
  | { type: 'late'; warnings: string[] }
  | { type: 'interrupted' }

/** Watches a node that was started until it is up, has ended, or `timeoutMs` are over. */
export const waitUp = async (
  docker: Pick<Docker, 'inspectContainer' | 'readText'>,
  id: string,
  { timeoutMs, progress, signal }: { timeoutMs: number; progress: Progress; signal: AbortSignal },
): Promise<StartResult> => {
  const start = performance.now()
  let warnings: string[] = []
  for (;;) {
    try {
      const { State, RestartCount } = await docker.inspectContainer(id)
      // Its restart policy hides an end: the count tells.
      if (!State.Running || State.Restarting || RestartCount > 0) {
        return { type: 'ended', exitCode: State.ExitCode }
      }
      if ((await docker.readText(id, '/agent_up')) !== undefined) {
        const address = (await docker.readText(id, '/run/serfnode/me'))?.trim()
        if (address) return { type: 'up', address }
      }
      const status = parseStatus(await docker.readText(id, '/run/serfnode/status.json'))
      warnings = status?.warnings ?? []
      progress.say([`node is ${status?.phase ?? 'starting'}`, ...warnings].join('; '))
    } catch (error) {
      // Between two starts its files cannot be read; gone for good is an end.
      if (isDockerError(error, 'not-found')) return { type: 'ended', exitCode: 1 }
      if (!isDockerError(error) || !error.retryable) throw error
    }
    if (signal.aborted) return { type: 'interrupted' }
    if (performance.now() - start > timeoutMs) return { type: 'late', warnings }
    await pause(LOOK_EVERY_MS, signal)
  }
}
