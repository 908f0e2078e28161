import type { Counter as CounterType } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import Registry from 'prom-client/lib/registry.js'
import type { NodeApi } from './node-api.ts'

const MEMBER_STATUSES = ['alive', 'leaving', 'left', 'failed'] as const
const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2]

/** The numbers of this node in the words of Prometheus; they are read when somebody asks. */
export const createMetrics = (api: NodeApi) => {
  const registers = [new Registry()]
  const gauge = (name: string, help: string, labelNames: string[], set: (is: Set) => void) =>
    new Gauge({
      name: `serfnode_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        set((value, labels) => this.set(labels ?? {}, value))
      },
    })
  const total = (name: string, help: string, labelNames: string[], set: (is: Set) => void) =>
    new Counter({
      name: `serfnode_${name}_total`,
      help,
      labelNames,
      registers,
      collect(this: CounterType) {
        this.reset()
        set((value, labels) => this.inc(labels ?? {}, value))
      },
    })
  clusterNumbers(api, gauge)
  nodeNumbers(api, { gauge, total })
  handlerNumbers(api, { gauge, total })
  processNumbers({ gauge, total })

  const requests = new Counter({
    name: 'serfnode_http_requests_total',
    help: 'HTTP requests that were answered.',
    labelNames: ['route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'serfnode_http_request_duration_seconds',
    help: 'From a request to its whole answer; watches and streams are left out.',
    buckets: SECONDS,
    registers,
  })
  return {
    text: (): Promise<string> => registers[0]!.metrics(),
    type: registers[0]!.contentType,
    /** `route` is a path of the table, so that callers cannot make up labels. */
    answered: (route: string, status: number, seconds: number | undefined): void => {
      requests.inc({ route, status })
      if (seconds !== undefined) durations.observe(seconds)
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>

type Set = (value: number, labels?: Record<string, string>) => void
type Define = (name: string, help: string, labelNames: string[], set: (is: Set) => void) => unknown
type Kinds = { gauge: Define; total: Define }

const clusterNumbers = ({ catalog }: NodeApi, gauge: Define): void => {
  gauge('members', 'Members that this node knows of.', ['status'], (is) => {
    const { counts } = catalog.snapshot()
    for (const status of MEMBER_STATUSES) is(counts[status], { status })
  })
  gauge('services', 'What live members serve.', [], (is) => is(catalog.snapshot().counts.services))
  gauge('stale', '1 while serf does not answer.', [], (is) => is(catalog.snapshot().stale ? 1 : 0))
}

const nodeNumbers = ({ node, events }: NodeApi, { gauge, total }: Kinds): void => {
  gauge('info', 'This node.', ['id', 'role', 'cluster', 'version'], (is) => {
    const { id, role, cluster, version } = node.status()
    is(1, { id, role, cluster, version })
  })
  gauge('children', 'Children of this node.', ['state'], (is) => {
    const states = new Map<string, number>()
    for (const { state } of node.status().children) states.set(state, (states.get(state) ?? 0) + 1)
    for (const [state, count] of states) is(count, { state })
  })
  total('child_restarts', 'Restarts of a child by this agent.', ['child'], (is) => {
    for (const { name, restarts } of node.status().children) is(restarts, { child: name })
  })
  total('events', 'Events that this node raised or refused.', ['outcome'], (is) => {
    const { raised, refused } = events.counts()
    is(raised, { outcome: 'raised' })
    is(refused, { outcome: 'refused' })
  })
  total('queries', 'Queries that this node asked.', [], (is) => is(events.counts().queries))
}

const handlerNumbers = ({ handlers }: NodeApi, { gauge, total }: Kinds): void => {
  total('handler_runs', 'Runs of a handler that ended.', ['handler'], (is) => {
    for (const { name, runs } of handlers()) is(runs, { handler: name })
  })
  total('handler_failures', 'Runs that failed, timeouts included.', ['handler'], (is) => {
    for (const { name, failures } of handlers()) is(failures, { handler: name })
  })
  total('handler_dropped', 'Events that were not handled.', ['handler', 'reason'], (is) => {
    for (const { name, dropped, refused } of handlers()) {
      is(dropped, { handler: name, reason: 'queue' })
      is(refused, { handler: name, reason: 'breaker' })
    }
  })
  gauge('handler_seconds', 'How long the last 256 runs took.', ['handler', 'quantile'], (is) => {
    for (const { name, p50_ms, p95_ms } of handlers()) {
      if (p50_ms !== undefined) is(p50_ms / 1000, { handler: name, quantile: '0.5' })
      if (p95_ms !== undefined) is(p95_ms / 1000, { handler: name, quantile: '0.95' })
    }
  })
}

const processNumbers = ({ gauge, total }: Kinds): void => {
  gauge('resident_memory_bytes', 'Memory of the agent.', [], (is) => is(process.memoryUsage.rss()))
  total('cpu_seconds', 'CPU time of the agent.', [], (is) => {
    const { user, system } = process.cpuUsage()
    is((user + system) / 1_000_000)
  })
}
