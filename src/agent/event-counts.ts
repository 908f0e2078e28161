import type { Ask, Raise } from '../events/types.ts'

/** Counts what is raised and asked by this node's pipe, API and handlers since the agent started. */
export const countEvents = ({ raise, ask }: { raise: Raise; ask: Ask }) => {
  const counts = { raised: 0, refused: 0, queries: 0 }
  const counted: { raise: Raise; ask: Ask } = {
    raise: async (...event) => {
      try {
        await raise(...event)
        counts.raised++
      } catch (error) {
        counts.refused++
        throw error
      }
    },
    ask: (request, signal) => {
      counts.queries++
      return ask(request, signal)
    },
  }
  return { ...counted, counts: (): Readonly<typeof counts> => counts }
}

export type CountedEvents = ReturnType<typeof countEvents>
