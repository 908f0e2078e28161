import { mkdir } from 'node:fs/promises'
import { createCatalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import { ownContainerId } from '../docker/own-container.ts'
import { answerQuery } from '../events/answers.ts'
import { deferred } from '../lib/deferred.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { VERSION } from '../lib/version.ts'
import { pause, untilAborted } from '../lib/wait.ts'
import { createChildControl } from './child-control.ts'
import { engineNodes } from './engine-nodes.ts'
import { keepRunning } from './keep-running.ts'
import { createMembership } from './membership.ts'
import { createNodeDns } from './node-dns.ts'
import { createNodeEvents } from './node-events.ts'
import { createNodeHandlers } from './node-handlers.ts'
import { nodeParts } from './node-parts.ts'
import { createOwnFacts } from './own-facts.ts'
import { findOwnEngine, NO_SOCKET, ownBoot } from './own-node.ts'
import { SHARED_DIR } from './paths.ts'
import { createStatusFile } from './status.ts'
import { supervise } from './supervision.ts'

const SERF_DOWN = 'serf does not run: what is shown of the cluster is what was known last'
/** The most time to wait for serf to hear that the service is hidden. */
const HIDE_MS = 1_000
/** The most time that handlers get for the event `stop`. */
const SETTLE_MS = 3_000

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
  const containerId = await ownContainerId()
  const opening = { log, signal: AbortSignal.any([signal, stop]) }
  const engine = await findOwnEngine(settings, containerId, opening)
  const { boot, isAgentRestart } = await ownBoot(settings, { now: Date.now, containerId })
  const own = createOwnFacts(settings, boot)
  const status = createStatusFile(
    {
      ...own.facts(),
      id: boot.id,
      cluster: boot.cluster,
      version: VERSION,
      phase: 'joining',
      warnings: [...options.warnings, ...(engine ? [] : [NO_SOCKET])],
      children: [],
    },
    log,
  )
  for (const warning of status.current().warnings) log.warn({}, warning)
  status.set({})
  await mkdir(SHARED_DIR, { recursive: true })

  const catalog = createCatalog({ self: boot.id })
  const nodes =
    engine &&
    engineNodes({
      docker: engine.docker,
      containerId: engine.inspect.Id,
      imageId: engine.inspect.Image,
      cluster: boot.cluster,
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
    catalog,
    onProblem: (problem) => status.about('dns', problem),
    log,
    signal,
  })
  // Children of an older libc read resolv.conf only once.
  await dns.open().catch((error: unknown) => {
    log.error({ error: describeError(error) }, 'DNS is not opened, trying again')
  })

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

  const running = nodeParts({
    settings,
    boot,
    isAgentRestart,
    engine,
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

  // A defect in the supervision ends the agent, for its own supervisor to start it again.
  const defect = supervision.done.then(() => untilAborted(signal))
  await Promise.race([untilAborted(AbortSignal.any([signal, stop])), defect])
  if (stop.aborted) {
    const began = performance.now()
    log.info({}, 'stopping')
    status.set({ phase: 'stopping' })
    events.stop()
    const facts = own.become({ up: false, ports: {} })
    status.told(facts)
    const told = membership.tell(facts)
    // A serf that hangs must not take the children's time.
    await Promise.race([told, pause(HIDE_MS)])
    // What hears `stop` has its time while the children are stopped.
    await Promise.all([handlers.settle(SETTLE_MS), supervision.stop(performance.now() - began)])
  }
  await status.flushed()
  if (!signal.aborted) return
  await Promise.all(parts)
}
