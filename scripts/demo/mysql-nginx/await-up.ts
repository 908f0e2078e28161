import { pause } from '../../../src/lib/wait.ts'
import { SetupError } from '../../setup/errors.ts'
import type { Note } from '../../setup/steps.ts'
import type { RunningNode } from '../demo.ts'

const UP_WITHIN_MS = 90_000

/** What a page of the example says. */
export type Page = { status: number; text: string }

/** Fetches a page of a node; a node that does not answer yet has status 0. */
export const fetchPage = async (
  port: number,
  path: string,
  { method = 'GET' }: { method?: string } = {},
): Promise<Page> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      signal: AbortSignal.timeout(5_000),
    })
    return { status: answer.status, text: (await answer.text()).trim() }
  } catch (error) {
    return { status: 0, text: error instanceof Error ? error.message : String(error) }
  }
}

/** Waits until each web node shows the row, fetched from the database by its role's name. */
export const awaitUp = async (
  nodes: RunningNode[],
  note: Note,
  signal: AbortSignal,
): Promise<void> => {
  const deadline = Date.now() + UP_WITHIN_MS
  for (const { name, port } of nodes) {
    if (port === undefined) continue
    for (;;) {
      const { status, text } = await fetchPage(port, '/')
      if (status === 200) break
      signal.throwIfAborted()
      note(`${name}: ${text}`)
      if (Date.now() > deadline) {
        const hint = `docker logs ${name}, and docker exec ${name} serfnode ps, say more`
        throw new SetupError('not_ready', `${name} is not up after 90 s: ${text}\n${hint}`)
      }
      await pause(300, signal)
    }
  }
}
