import type { Catalog } from '../catalog/catalog.ts'
import { type Supervisor, superviseChildren } from '../children/supervise.ts'
import type { ChildrenView } from '../children/view.ts'
import type { Settings } from '../config/types.ts'
import { describeError } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import type { Boot } from './boot.ts'
import { createNodeFiles } from './node-files.ts'
import { NO_SOCKET, type OwnEngine } from './own-node.ts'
import { STOP_MS_FILE } from './paths.ts'

/** Docker's own time between SIGTERM and SIGKILL, in seconds. */
const DOCKER_STOP_S = 10
/** What serf's leave and the end of PID 1 need of it. */
const LEAVE_MS = 3_500

export type SupervisionOptions = {
  engine: OwnEngine | undefined
  settings: Settings
  privatePaths: readonly string[]
  boot: Boot
  catalog: Catalog
  log: Logger
  signal: AbortSignal
  onChange(view: SeenChildren): void
}

/** What the rest of the node is told of its children. */
export type SeenChildren = Pick<
  ChildrenView,
  'children' | 'processes' | 'looked' | 'up' | 'ports' | 'trouble'
>

export type Supervision = {
  /** The time from the order to stop to the end, whatever runs then. */
  givenMs: number
  /** Stops the children in what is left of the node's time, of which `spentMs` is gone. */
  stop(spentMs: number): Promise<void>
  /** Rejects for a defect of ours only. */
  done: Promise<void>
}

/** The children's part of the node; without an engine there are none, and a node without any is up. */
export const supervise = async (options: SupervisionOptions): Promise<Supervision> => {
  const { engine, settings, boot, catalog, log, signal, onChange } = options
  if (!engine) {
    const since = new Date().toISOString()
    onChange({
      looked: true,
      up: settings.children.length === 0,
      ports: {},
      processes: [],
      children: settings.children.map(({ name, image }) => ({
        name,
        image,
        container: '',
        state: 'waiting',
        since,
        restarts: 0,
        last_reason: NO_SOCKET,
        warnings: [],
      })),
    })
    return { givenMs: DOCKER_STOP_S * 1000, stop: async () => {}, done: Promise.resolve() }
  }
  const nodeFiles = createNodeFiles(log)
  const supervisor: Supervisor = superviseChildren({
    docker: engine.docker,
    own: {
      containerId: engine.inspect.Id,
      containerName: engine.inspect.Name.replace(/^\//, ''),
      node: boot.name,
      cluster: boot.cluster,
      memberId: boot.id,
      hostPrefix: settings.host_prefix,
      socketPaths: [...new Set([engine.socketPath, ...settings.docker_sockets])],
      privatePaths: options.privatePaths,
      inspect: engine.inspect,
    },
    children: settings.children,
    roles: {
      has: (role) => catalog.snapshot().services.some((service) => service.role === role),
      changes: (until) => catalog.changes(until),
    },
    advertiseAt: settings.service_ip === undefined ? 'container' : 'host',
    log,
    signal,
    onChange: (view) => {
      nodeFiles.show(view)
      onChange(view)
    },
  })
  const givenMs = (engine.inspect.Config.StopTimeout ?? DOCKER_STOP_S) * 1000
  const deadlineMs = Math.max(1_000, givenMs - LEAVE_MS)
  // PID 1 waits for the agent as long before it ends serf; it has a default of its own.
  await writeAtomic(STOP_MS_FILE, `${deadlineMs + 500}\n`).catch((error: unknown) => {
    log.warn({ error: describeError(error) }, 'the time for stopping is not noted')
  })
  return {
    givenMs,
    stop: (spentMs) => supervisor.stopAll({ deadlineMs: Math.max(500, deadlineMs - spentMs) }),
    done: supervisor.done,
  }
}
