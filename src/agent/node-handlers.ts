import { fitTags } from '../catalog/tags.ts'
import type { HandlerSettings, Settings } from '../config/types.ts'
import { answerRoom } from '../events/limits.ts'
import type { EventHandlers, Handled } from '../events/types.ts'
import { makeCells } from '../handlers/cells.ts'
import { findHandlers, type WrittenHandler } from '../handlers/find-handlers.ts'
import { createHandlers, type HandlerReport, type ModuleClient } from '../handlers/handlers.ts'
import { writeReports } from '../handlers/write-reports.ts'
import type { Logger } from '../lib/log.ts'
import type { Boot } from './boot.ts'
import type { OwnFactsTeller } from './own-facts.ts'
import { HANDLER_DIRS, HANDLERS_DIR, HANDLERS_FILE, MODULE_HOST } from './paths.ts'
import type { StatusFile } from './status.ts'

export type NodeHandlersOptions = {
  settings: Settings
  boot: Boot
  own: OwnFactsTeller
  /** The engine's socket, for handlers that ask for it. */
  socketPath: string | undefined
  /** What modules may do; used only once events come. */
  client: ModuleClient
  /** Where it is said what cannot be run. */
  status: StatusFile
  onHandled(eventId: string, handled: Handled): void
  log: Logger
  signal: AbortSignal
}

export type NodeHandlers = EventHandlers & {
  report(): HandlerReport[]
  settle(ms: number): Promise<void>
  /** Runs until the signal aborts; then nothing of any handler is left. */
  run(): Promise<void>
}

/** The node's handlers: those of /handlers and of serfnode.yml, each in a cell of its own. */
export const createNodeHandlers = async (options: NodeHandlersOptions): Promise<NodeHandlers> => {
  const { settings, boot, own, socketPath, client, status, onHandled, log, signal } = options
  const { specs, warnings } = await findHandlers(HANDLERS_DIR, settings.handlers.map(written))
  if (socketPath === undefined && specs.some(({ dockerSocket }) => dockerSocket)) {
    warnings.push('handlers ask for the Docker socket, and this node has none')
  }
  for (const warning of warnings) {
    log.warn({}, warning)
    status.about(warning, warning)
  }
  const handlers = createHandlers({
    specs,
    self: () => ({
      id: boot.id,
      name: boot.name,
      role: boot.role,
      tags: fitTags(own.facts()).tags,
    }),
    client,
    cells: await makeCells({ specs, dir: HANDLER_DIRS, socketPath }),
    host: MODULE_HOST,
    answerRoom: answerRoom(boot.id),
    onHandled,
    log,
    signal,
  })
  return {
    ...handlers,
    run: async () => {
      const { report } = handlers
      await Promise.all([handlers.run(), writeReports(HANDLERS_FILE, { report, log, signal })])
    },
  }
}

const written = (one: HandlerSettings): WrittenHandler => ({
  name: one.name,
  file: one.file,
  events: one.events,
  ...(one.timeout !== undefined && { timeoutMs: one.timeout }),
  ...(one.concurrency !== undefined && { concurrency: one.concurrency }),
  ...(one.docker_socket !== undefined && { dockerSocket: one.docker_socket }),
})
