import type { Connection } from './connection.ts'
import { DockerError } from './errors.ts'
import { jsonLines } from './json-lines.ts'
import { filtersOf } from './path.ts'
import { shaped } from './shape.ts'
import { endOnAbort } from './stream-end.ts'

const EVENT = {
  Type: 'string',
  Action: 'string',
  'Actor.ID': 'string',
  timeNano: 'number',
} as const

export type DockerEvent = {
  /** `container`, `image`, `network`, `volume`, `daemon`, ... */
  Type: string
  /** `start`, `die`, `destroy`, `health_status: healthy`, ... */
  Action: string
  Actor: { ID: string; Attributes: Record<string, string> }
  /** Unix seconds and nanoseconds. */
  time: number
  timeNano: number
}

export type EventsOptions = {
  /** `{ type: ['container'], label: ['k=v'], event: ['die'], container: [...] }` */
  filters?: Record<string, string[]>
  /** Unix seconds, fractions allowed: events from then on that the engine still has (256). */
  since?: number
  signal: AbortSignal
}

export type DockerEvents = AsyncIterable<DockerEvent> & {
  /** Settles when the engine has taken the subscription: list after it, and nothing is missed. */
  opened: Promise<void>
}

export type Events = {
  /**
   * Subscribes at once. Ends on abort; throws a DockerError when the stream breaks, also when the
   * engine ends it. To be iterated once.
   */
  events(options: EventsOptions): DockerEvents
}

export const events = ({ open }: Connection): Events => ({
  events({ filters = {}, since, signal }) {
    const deed = "follow the engine's events"
    const query = { filters: filtersOf(filters), since: since?.toFixed(9) }
    const opening = open({ deed, path: '/events', query, signal })
    const opened = opening.then(() => {})
    opened.catch(() => {
      // Who does not wait for it learns of the failure by iterating.
    })
    const follow = async function* (): AsyncGenerator<DockerEvent, void, undefined> {
      const { bytes } = await opening
      for await (const line of jsonLines(bytes, deed)) {
        const event = shaped<DockerEvent>(deed, line, EVENT)
        yield { ...event, Actor: { ...event.Actor, Attributes: event.Actor.Attributes ?? {} } }
      }
      throw new DockerError('closed', `${deed}: the engine ended the stream`)
    }
    return Object.assign(endOnAbort(follow(), signal), { opened })
  },
})
