import type { Docker } from '../../src/docker/client.ts'
import { until } from './until.ts'

export type EngineEvents = {
  /** When the engine says that `container` (a name) did `action`, the first time since `after`. */
  next: (container: string, action: string, after: number) => Promise<number>
}

/** Follows the engine: its own instants, without asking it again and again while we measure. */
export const followEngine = async (docker: Docker, signal: AbortSignal): Promise<EngineEvents> => {
  const seen = new Map<string, number[]>()
  const keyOf = (container: string, action: string) => `${action} ${container}`
  const stream = docker.events({ filters: { type: ['container'] }, signal })
  let broken: unknown
  const read = async (): Promise<void> => {
    for await (const { Action, Actor, timeNano } of stream) {
      const key = keyOf(Actor.Attributes['name'] ?? Actor.ID, Action)
      seen.set(key, [...(seen.get(key) ?? []), timeNano / 1e6])
    }
  }
  read().catch((error: unknown) => {
    broken = error
  })
  await stream.opened
  return {
    next: (container, action, after) =>
      until(
        `${container}: ${action}`,
        () => {
          if (broken) throw broken
          // The engine's instants are finer than ours.
          return seen.get(keyOf(container, action))?.find((at) => at >= after - 1)
        },
        { signal },
      ),
  }
}
