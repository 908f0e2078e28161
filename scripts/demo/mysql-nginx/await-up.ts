import type { Note } from '../../setup/steps.ts'
import type { RunningNode } from '../demo.ts'
import { untilUp } from '../until-up.ts'

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
export const awaitUp = (nodes: RunningNode[], note: Note, signal: AbortSignal): Promise<void> => {
  const check = async ({ port }: { port: number }): Promise<void> => {
    const { status, text } = await fetchPage(port, '/')
    if (status !== 200) throw new Error(text)
  }
  return untilUp(nodes, { withinMs: UP_WITHIN_MS, check, note, signal })
}
