import { createCatalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import { answerQuery } from '../events/answers.ts'
import { deferred } from '../lib/deferred.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { untilAborted } from '../lib/wait.ts'
import { createChildControl } from './child-control.ts'
import { engineNodes } from './engine-nodes.ts'
import { keepRunning } from './keep-running.ts'
import { createMembership } from './membership.ts'
import { createNodeDns } from './node-dns.ts'
import { createNodeEvents } from './node-events.ts'
import { createNodeHandlers } from './node-handlers.ts'
import { nodeParts } from './node-parts.ts'
import { openNode } from './open-node.ts'
import { EVENTS_FILE } from './paths.ts'
import { stopNode } from './stop-node.ts'
import { supervise } from './supervision.ts'

const SERF_DOWN = 'serf does not run: what is shown of the cluster is what was known last'
export type RunNodeOptions = {
  settings: Settings
  warnings: readonly string[]
  /** Files of the node that no child may see. */
  privatePaths: readonly string[]
  log: Logger
  /** Ends the agent and leaves serf and the children as they are. */
  signal: AbortSignal
  /** Ends the node: its service is hidden and its children are stopped. */
  stop: AbortSignal
}

/** All parts of a node, plugged together; resolves when the node, or only its agent, has ended. */
export const runNode = async (options: RunNodeOptions): Promise<void> => {
  const { settings, log, signal, stop } = options
  const { engine, boot, isAgentRestart, own, status } = await openNode({
    settings,
    warnings: options.warnings,
    log,
    signal: AbortSignal.any([signal, stop]),
  })
  const catalog = createCatalog({ self: boot.id })
  const nodes =
    engine &&
    engineNodes({
      docker: engine.docker,
      containerId: engine.inspect.Id,
      imageId: engine.inspect.Image,
      cluster: boot.cluster,
      started: Number(boot.timestamp),
      isMember: (ip) =>
        catalog.snapshot().members.some(({ addr, status }) => addr === ip && status === 'alive'),
      log,
      now: Date.now,
    })
  const up = deferred()
  const childControl = createChildControl({ docker: engine?.docker, owner: engine?.inspect.Id })
  const handlers = await createNodeHandlers({
    settings,
    boot,
    own,
    socketPath: engine?.socketPath,
    client: {
      raise: (...args) => events.raise(...args),
      ask: (...args) => events.ask(...args),
      snapshot: catalog.snapshot,
      children: () => status.current().children,
      restartChild: childControl.restart,
    },
    onHandled: (id, by) => events.onHandled(id, by),
    status,
    log,
    signal,
  })
  const events = createNodeEvents({
    boot,
    isAgentRestart,
    catalog,
    own,
    path: EVENTS_FILE,
    session: () => membership.session,
    handlers,
    log,
    signal,
  })
  const membership = createMembership({
    settings,
    boot,
    catalog,
    engineNodes: nodes,
    facts: own.facts(),
    isAgentRestart,
    onWaiting: (message) => {
      log.warn({}, message)
      status.about('secret', message)
      status.set({ phase: 'waiting' })
    },
    onUp: () => {
      for (const topic of ['secret', 'serf']) status.about(topic, undefined)
      status.set({ phase: 'up' })
      up.resolve()
      events.serfUp()
    },
    onDown: () => status.about('serf', SERF_DOWN),
    onPeerProblem: (peer, problem) => status.about(`peer ${peer}`, problem),
    onPortsProblem: (problem) => status.about('ports', problem),
    answer: (name, payload) => answerQuery(name, payload, own.answer()),
    onMessage: events.message,
    log,
    signal,
  })

  const dns = createNodeDns({
    settings,
    isAgentRestart,
    catalog,
    onProblem: (problem) => status.about('dns', problem),
    log,
    signal,
  })
  const opened = dns.open().catch((error: unknown) => {
    log.error({ error: describeError(error) }, 'DNS is not opened, trying again')
  })

  const running = nodeParts({
    settings,
    boot,
    isAgentRestart,
    engine,
    childControl,
    catalog,
    membership,
    events,
    handlers,
    dns,
    status,
    up: up.promise,
    log,
    signal,
  })
  const parts = Object.entries(running).map(([name, run]) =>
    keepRunning(name, run, { log, signal }),
  )

  // Children of an older libc read resolv.conf only once.
  await opened
  const supervision = await supervise({
    engine,
    settings,
    privatePaths: options.privatePaths,
    boot,
    catalog,
    log,
    signal,
    onChange: ({ children, processes, looked, up, ports, trouble }) => {
      status.set({ children })
      status.about('engine', trouble)
      if (looked) events.showChildren({ processes, up: up && !stop.aborted })
      // While the node stops, the service stays hidden; and what a former agent told of running
      // children stands until the engine was asked.
      if (!looked || stop.aborted) return
      const facts = own.become({ up, ports })
      status.told(facts)
      void membership.tell(facts)
    },
  })

  // A defect in the supervision ends the agent, for its own supervisor to start it again.
  const defect = supervision.done.then(() => untilAborted(signal))
  await Promise.race([untilAborted(AbortSignal.any([signal, stop])), defect])
  if (stop.aborted) {
    await stopNode({ events, handlers, membership, own, status, supervision, log })
  }
  await status.flushed()
  if (!signal.aborted) return
  await Promise.all(parts)
}
