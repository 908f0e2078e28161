import { mkdir } from 'node:fs/promises'
import type { Settings } from '../config/types.ts'
import { ownContainerId } from '../docker/own-container.ts'
import type { Logger } from '../lib/log.ts'
import { VERSION } from '../lib/version.ts'
import { createOwnFacts } from './own-facts.ts'
import { findOwnEngine, NO_SOCKET, ownBoot } from './own-node.ts'
import { SHARED_DIR } from './paths.ts'
import { createStatusFile } from './status.ts'

export type OpenNodeOptions = {
  settings: Settings
  warnings: readonly string[]
  log: Logger
  /** Ends the wait for an engine that does not answer. */
  signal: AbortSignal
}

/** What a node knows of itself before anything runs: its engine, who it is, and its status file. */
export const openNode = async ({ settings, warnings, log, signal }: OpenNodeOptions) => {
  const containerId = await ownContainerId()
  const engine = await findOwnEngine(settings, containerId, { log, signal })
  const { boot, isAgentRestart } = await ownBoot(settings, { now: Date.now, containerId })
  const own = createOwnFacts(settings, boot)
  const status = createStatusFile(
    {
      ...own.facts(),
      id: boot.id,
      cluster: boot.cluster,
      version: VERSION,
      phase: 'joining',
      warnings: [...warnings, ...(engine ? [] : [NO_SOCKET])],
      children: [],
    },
    log,
  )
  for (const warning of status.current().warnings) log.warn({}, warning)
  status.set({})
  await mkdir(SHARED_DIR, { recursive: true })
  return { engine, boot, isAgentRestart, own, status }
}
