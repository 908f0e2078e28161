import type { Scenario } from '../kit/context.ts'
import { agent } from './agent.ts'
import { bursts } from './bursts.ts'
import { child } from './child.ts'
import { dns } from './dns.ts'
import { events } from './events.ts'
import { http } from './http.ts'
import { idle } from './idle.ts'
import { image } from './image.ts'
import { join } from './join.ts'
import { many } from './many.ts'
import { query } from './query.ts'
import { reads } from './reads.ts'
import { start } from './start.ts'
import { stop } from './stop.ts'

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  start,
  stop,
  join,
  child,
  agent,
  idle,
  many,
  reads,
  query,
  events,
  bursts,
  http,
  dns,
  image,
]
