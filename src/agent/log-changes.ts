import type { Catalog } from '../catalog/catalog.ts'
import type { Logger } from '../lib/log.ts'

/** What happened in the cluster, for whoever reads the node's log. */
export const logChanges = async (
  catalog: Catalog,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> => {
  for await (const change of catalog.changes(signal)) {
    if (change.type === 'snapshot' || change.type === 'member-update') continue
    const { id, role, addr, status, refused } = change.member
    log.info({ id, role, addr, status, ...(refused ? { refused } : {}) }, change.type)
  }
}
