import type { Docker } from '../../setup/docker.ts'
import type { Note } from '../../setup/steps.ts'
import type { RunningNode } from '../demo.ts'
import { untilUp } from '../until-up.ts'

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
export const awaitUp = (
  docker: Docker,
  nodes: RunningNode[],
  note: Note,
  signal: AbortSignal,
): Promise<void> => {
  const check = async ({ name, port }: { name: string; port: number }): Promise<void> => {
    await answers(port)
    await resolve(docker, name, 'rabbit')
  }
  return untilUp(nodes, { withinMs: UP_WITHIN_MS, check, note, signal })
}
