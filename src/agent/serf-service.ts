import { execFile } from 'node:child_process'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { renderSerfConfig, type SerfFacts } from '../cluster/serf-config.ts'
import { writeAtomic } from '../lib/files.ts'
import { RPC_AUTH_FILE, RUN_DIR, SERF_CONFIG_FILE, SERF_UID, SERVICES_DIR } from './paths.ts'

const run = promisify(execFile)

/**
 * Writes all that serf reads at its start; its supervisor restarts serf with the last text, so
 * tags and keys survive serf. Only serf's own uid may read it.
 */
export const writeSerfFiles = async (facts: SerfFacts): Promise<void> => {
  const folder = dirname(SERF_CONFIG_FILE)
  await mkdir(folder, { recursive: true })
  // serf has to pass through the folder above; its files stay closed one by one.
  await chmod(RUN_DIR, 0o711)
  await chmod(folder, 0o700)
  await chown(folder, SERF_UID, SERF_UID)
  await writeAtomic(RPC_AUTH_FILE, facts.rpcAuth, 0o600)
  await writeAtomic(SERF_CONFIG_FILE, renderSerfConfig(facts), 0o600)
  await chown(SERF_CONFIG_FILE, SERF_UID, SERF_UID)
}

/** Starts serf under its supervisor; nothing happens when it runs. */
export const startSerf = async (): Promise<void> => {
  await run('s6-svc', ['-u', `${SERVICES_DIR}/serf`], { timeout: 5_000 })
}
