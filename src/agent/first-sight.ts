import type { Catalog, Snapshot } from '../catalog/catalog.ts'
import { pause } from '../lib/wait.ts'

/** The most that is waited for ports that have to be fetched: whoever has them may be silent. */
const PORTS_MS = 5_000

export type FirstSightOptions = { catalog: Catalog; isAgentRestart: boolean; signal: AbortSignal }

/**
 * When this agent may show the catalog for the first time: a restarted one knows nobody at first,
 * and no ports without room in tags, while what its predecessor wrote is right.
 */
export const firstSight = ({ catalog, isAgentRestart, signal }: FirstSightOptions) => {
  const until = async (isEnough: (known: Snapshot) => boolean): Promise<void> => {
    if (!isAgentRestart || isEnough(catalog.snapshot())) return
    for await (const _ of catalog.changes(signal)) if (isEnough(catalog.snapshot())) return
  }
  const names = until(({ version }) => version > 0)
  const ports = names.then(() => {
    const all = until(({ incomplete }) => incomplete.length === 0)
    return isAgentRestart ? Promise.race([all, pause(PORTS_MS, signal)]) : all
  })
  return { names, ports }
}
