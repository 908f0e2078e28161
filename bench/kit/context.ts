import type { Docker } from '../../src/docker/client.ts'
import type { TestCluster } from '../../test/support/cluster.ts'
import type { EngineEvents } from './engine-events.ts'
import type { Figure } from './figure.ts'

/** What a scenario is given. All times are in ms of the machine's wall clock (`Date.now`). */
export type Context = {
  /** Names and labels for all that the scenario starts; swept before and after it. */
  cluster: TestCluster
  docker: Docker
  events: EngineEvents
  /** How often to measure; `usual` unless the command line says otherwise. */
  runs: (usual: number) => number
  /** A smaller amount for `--quick`: seconds to watch, files to read. */
  amount: (usual: number, quick: number) => number
  note: (text: string) => void
  signal: AbortSignal
}

export type Scenario = {
  name: string
  title: string
  run: (context: Context) => Promise<Figure[]>
}
