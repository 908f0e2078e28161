import { pause } from '../../../src/lib/wait.ts'
import type { Docker } from '../../setup/docker.ts'
import { SetupError } from '../../setup/errors.ts'
import type { Note } from '../../setup/steps.ts'
import type { RunningNode } from '../demo.ts'

const UP_WITHIN_MS = 60_000

/** The container of a notebook server. */
export const serverOf = (node: string): string => `ipython_app_${node}`

/** Where a role's name leads to inside a notebook server; an error when it leads nowhere. */
export const resolve = async (docker: Docker, node: string, role: string): Promise<string> => {
  const line = await docker(['exec', serverOf(node), 'getent', '-s', 'files', 'hosts', role])
  return line.split(/\s/)[0] ?? ''
}

const answers = async (port: number): Promise<void> => {
  const options = { signal: AbortSignal.timeout(2_000) }
  const { status } = await fetch(`http://127.0.0.1:${port}/api`, options)
  if (status !== 200) throw new Error(`port ${port} answers ${status}`)
}

/** Waits until both servers answer on their ports and know `rabbit`. */
export const awaitUp = async (
  docker: Docker,
  nodes: RunningNode[],
  note: Note,
  signal: AbortSignal,
): Promise<void> => {
  const deadline = Date.now() + UP_WITHIN_MS
  for (const { name, port } of nodes) {
    if (port === undefined) continue
    for (;;) {
      signal.throwIfAborted()
      try {
        await answers(port)
        await resolve(docker, name, 'rabbit')
        break
      } catch (cause) {
        const text = cause instanceof Error ? cause.message : String(cause)
        note(`${name}: ${text}`)
        if (Date.now() > deadline) {
          const hint = `docker logs ${name}, and docker exec ${name} serfnode ps, say more`
          throw new SetupError('not_ready', `${name} is not up after 60 s: ${text}\n${hint}`)
        }
        await pause(300, signal)
      }
    }
  }
}
