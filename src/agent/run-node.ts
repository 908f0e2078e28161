import { mkdir } from 'node:fs/promises'
import { type Catalog, createCatalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import { ownContainerId } from '../docker/own-container.ts'
import { answerQuery } from '../events/answers.ts'
import { checkEvent } from '../events/limits.ts'
import { servePipe } from '../events/pipe.ts'
import { deferred } from '../lib/deferred.ts'
import { describeError } from '../lib/errors.ts'
import type { Logger } from '../lib/log.ts'
import { VERSION } from '../lib/version.ts'
import { pause } from '../lib/wait.ts'
import { files } from '../surfaces/files/files.ts'
import { hosts } from '../surfaces/hosts/hosts.ts'
import { watchDeaths } from './engine-deaths.ts'
import { engineNodes } from './engine-nodes.ts'
import { firstSight } from './first-sight.ts'
import { keepRunning } from './keep-running.ts'
import { createMembership } from './membership.ts'
import { announceUp, writeMe } from './node-files.ts'
import { createOwnFacts } from './own-facts.ts'
import { findOwnEngine, NO_SOCKET, ownBoot } from './own-node.ts'
import { HOSTS_FILE, SHARED_DIR } from './paths.ts'
import { createStatusFile } from './status.ts'
import { supervise } from './supervision.ts'

const SERF_DOWN = 'serf does not run: what is shown of the cluster is what was known last'
/** The most time to wait for serf to hear that the service is hidden. */
const HIDE_MS = 1_000

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
  const answer = (name: string, payload: string): string | undefined =>
    answerQuery(name, payload, own.answer())
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
    },
    onDown: () => status.about('serf', SERF_DOWN),
    onPeerProblem: (peer, problem) => status.about(`peer ${peer}`, problem),
    onPortsProblem: (problem) => status.about('ports', problem),
    answer,
    onMessage: (message) => {
      if (message.type !== 'query') return
      const { name, id, payload } = message
      const answered = answer(name, Buffer.from(payload).toString())
      if (answered === undefined) return
      membership.session.respond(id, Buffer.from(answered)).catch((error: unknown) => {
        log.warn({ query: name, error: describeError(error) }, 'query not answered')
      })
    },
    log,
    signal,
  })

  const supervision = await supervise({
    engine,
    settings,
    privatePaths: options.privatePaths,
    boot,
    catalog,
    log,
    signal,
    onChange: ({ children, looked, up, ports, trouble }) => {
      status.set({ children })
      status.about('engine', trouble)
      // While the node stops, the service stays hidden; and what a former agent told of running
      // children stands until the engine was asked.
      if (!looked || stop.aborted) return
      const facts = own.become({ up, ports })
      status.told(facts)
      void membership.tell(facts)
    },
  })

  const raise = async (name: string, payload: string): Promise<void> => {
    const bytes = Buffer.from(payload)
    checkEvent(name, bytes)
    await membership.session.commands().event(name, bytes)
  }
  const aliases = settings.children.flatMap(({ links }) => links.map(({ alias }) => alias))
  const part = (name: string, run: () => Promise<void>): Promise<void> =>
    keepRunning(name, run, { log, signal })
  const sight = firstSight({ catalog, isAgentRestart, signal })
  const parts = [
    part('serf', membership.parts.serf),
    part('join', membership.parts.join),
    part('peers', membership.parts.peers),
    ...(engine
      ? [
          part('deaths', () =>
            watchDeaths({ docker: engine.docker, onDeath: catalog.bury, log, signal }),
          ),
        ]
      : []),
    part('ports', membership.parts.ports),
    part('announcement', async () => {
      await writeMe(boot)
      await up.promise
      await announceUp()
      await aborted(signal)
    }),
    part('pipe', () => servePipe({ path: `${SHARED_DIR}/parent`, raise, log, signal })),
    part('hosts', async () => {
      await sight.names
      await hosts.run({ catalog, signal, log, path: HOSTS_FILE, aliases })
    }),
    part('log', () => logChanges(catalog, { log, signal })),
    part('beat', () => status.beat(signal)),
    part('files', async () => {
      await sight.ports
      await files.run({ catalog, signal, log })
    }),
  ]

  // A defect in the supervision ends the agent, for its own supervisor to start it again.
  const defect = supervision.done.then(() => aborted(signal))
  await Promise.race([aborted(AbortSignal.any([signal, stop])), defect])
  if (stop.aborted) {
    const began = performance.now()
    log.info({}, 'stopping')
    status.set({ phase: 'stopping' })
    const facts = own.become({ up: false, ports: {} })
    status.told(facts)
    const told = membership.tell(facts)
    // A serf that hangs must not take the children's time.
    await Promise.race([told, pause(HIDE_MS)])
    await supervision.stop(performance.now() - began)
  }
  await status.flushed()
  if (!signal.aborted) return
  await Promise.all(parts)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** What happened in the cluster, for whoever reads the node's log. */
const logChanges = async (
  catalog: Catalog,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> => {
  for await (const change of catalog.changes(signal)) {
    if (change.type === 'snapshot' || change.type === 'member-update') continue
    const { id, role, addr, status, refused } = change.member
    log.info({ id, role, addr, status, ...(refused ? { refused } : {}) }, change.type)
  }
}
