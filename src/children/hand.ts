import type { DockerEvent } from '../docker/events.ts'

/** What somebody else did to a container: a `killed` one may turn out to be stopped. */
export type Hand = 'killed' | 'stopped'

const SIGKILL = '9'

/**
 * Notes what an event says of a user's hand. `docker stop` shows as kill, die, stop; `docker kill`
 * and a crash have no stop. A stop begins with the stop signal: what begins with SIGKILL is none, or
 * its stop is told before anything is started. What we do ourselves (`isOurs`) is no hand.
 */
export const noteHand = (
  hands: Map<string, Hand>,
  { Action, Actor: { ID, Attributes } }: Pick<DockerEvent, 'Action' | 'Actor'>,
  isOurs: (id: string) => boolean,
): void => {
  if (Action === 'start' || Action === 'destroy') hands.delete(ID)
  else if (isOurs(ID)) return
  else if (Action === 'stop') hands.set(ID, 'stopped')
  else if (Action === 'kill' && Attributes['signal'] !== SIGKILL && !hands.has(ID)) {
    hands.set(ID, 'killed')
  }
}
