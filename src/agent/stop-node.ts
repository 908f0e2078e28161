import type { OwnFacts } from '../catalog/tags.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import type { OwnFactsTeller } from './own-facts.ts'
import type { StatusFile } from './status.ts'
import type { Supervision } from './supervision.ts'

/** The most time to wait for serf to hear that the service is hidden. */
const HIDE_MS = 1_000
/** The most time that handlers get for the event `stop`. */
const SETTLE_MS = 3_000
/** The most time to tell others that the children are stopped. */
const TELL_MS = 300
/** In a short stop none takes more than this part of it: serf has to leave, too. */
const PART = 0.3

export type StopNodeOptions = {
  events: { stop(): void; settle(ms: number): Promise<void> }
  handlers: { settle(ms: number): Promise<void> }
  membership: { tell(facts: OwnFacts): Promise<void> }
  own: OwnFactsTeller
  status: StatusFile
  supervision: Supervision
  log: Logger
}

/** Says that the node stops, hides its service, and stops the children; then serf may leave. */
export const stopNode = async (options: StopNodeOptions): Promise<void> => {
  const { events, handlers, membership, own, status, supervision, log } = options
  const began = performance.now()
  const spent = (): number => performance.now() - began
  const partMs = PART * supervision.givenMs
  log.info({}, 'stopping')
  status.set({ phase: 'stopping' })
  events.stop()
  const facts = own.become({ up: false, ports: {} })
  status.told(facts)
  const told = membership.tell(facts)
  // A serf that hangs must not take the children's time.
  await Promise.race([told, pause(Math.min(HIDE_MS, partMs))])
  // What hears `stop` has its time while the children are stopped.
  const settleMs = Math.min(SETTLE_MS, partMs) - spent()
  await Promise.all([handlers.settle(settleMs), supervision.stop(spent())])
  await events.settle(Math.min(TELL_MS, partMs))
}
