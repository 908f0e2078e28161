import type { Snapshot } from '../../catalog/snapshot.ts'
import type { Ask, EventHistory, Raise } from '../../events/types.ts'
import type { HandlerReport } from '../../handlers/types.ts'

/** A child as the node's status tells it. */
export type ShownChild = {
  name: string
  container: string
  image: string
  state: string
  since: string
  restarts: number
  last_reason?: string
  next_try?: string
  waiting_for?: string[]
  warnings: string[]
}

/** This node as its status tells it; no `service_ip`: the service is hidden. */
export type ShownNode = {
  id: string
  name: string
  role: string
  cluster: string
  version: string
  phase: string
  ports: Readonly<Record<string, readonly string[]>>
  serf_ip: string
  serf_port: string
  service_ip?: string
  service_port: string
  timestamp: string
  warnings: readonly string[]
  children: readonly ShownChild[]
}

/** A line of a child's output; `time` is when the engine got it. */
export type ShownLine = { time: string; stream: 'stdout' | 'stderr'; line: string }

/** Events of this node since the agent started, for the metrics. */
export type EventCounts = { raised: number; refused: number; queries: number }

/** All that HTTP needs of the node; the agent makes it. */
export type NodeApi = {
  /** Word characters; another one in each life of the agent, so that indexes of two lives differ. */
  life: string
  catalog: {
    snapshot(): Snapshot
    changes(signal: AbortSignal): AsyncIterable<unknown>
  }
  node: {
    /** The same object as long as nothing changes. */
    status(): ShownNode
    changes(signal: AbortSignal): AsyncIterable<unknown>
  }
  /** Each rejects with SerfnodeError: `not-found`, `conflict`, or what the engine says. */
  children: {
    logs(
      name: string,
      options: { tail: number; follow: boolean; signal: AbortSignal },
    ): Promise<AsyncIterable<ShownLine>>
    restart(name: string): Promise<void>
    stop(name: string): Promise<void>
    start(name: string): Promise<void>
  }
  events: {
    raise: Raise
    ask: Ask
    history: EventHistory
    counts(): EventCounts
  }
  handlers(): readonly HandlerReport[]
}
