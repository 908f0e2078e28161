import { pause } from '../../src/lib/wait.ts'
import { SetupError } from '../setup/errors.ts'
import type { Note } from '../setup/steps.ts'
import type { RunningNode } from './demo.ts'

export type UpOptions = {
  /** For all of them together. */
  withinMs: number
  /** Throws as long as the node is not up, with what it says. */
  check(node: { name: string; port: number }): Promise<void>
  note: Note
  signal: AbortSignal
}

/** Waits until each node that publishes a port is up. Throws SetupError `not_ready`. */
export const untilUp = async (
  nodes: readonly RunningNode[],
  { withinMs, check, note, signal }: UpOptions,
): Promise<void> => {
  const deadline = Date.now() + withinMs
  for (const { name, port } of nodes) {
    if (port === undefined) continue
    for (;;) {
      signal.throwIfAborted()
      try {
        await check({ name, port })
        break
      } catch (cause) {
        signal.throwIfAborted()
        const text = cause instanceof Error ? cause.message : String(cause)
        note(`${name}: ${text}`)
        if (Date.now() > deadline) {
          const hint = `docker logs ${name}, and docker exec ${name} serfnode ps, say more`
          const late = `${name} is not up after ${withinMs / 1000} s`
          throw new SetupError('not_ready', `${late}: ${text}\n${hint}`)
        }
        await pause(300, signal)
      }
    }
  }
}
