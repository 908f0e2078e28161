import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { renderSerfConfig, type SerfFacts } from '../cluster/serf-config.ts'
import { writeAtomic } from '../lib/files.ts'
import { RPC_AUTH_FILE, RUN_DIR, SERF_CONFIG_FILE, SERF_UID, SERVICES_DIR } from './paths.ts'

const run = promisify(execFile)
const SERF_SERVICE = `${SERVICES_DIR}/serf`

/**
 * Writes all that serf reads at its start; its supervisor restarts serf with the last text, so
 * tags and keys survive serf. Serf's uid may read it and change nothing.
 */
export const writeSerfFiles = async (facts: SerfFacts): Promise<void> => {
  const folder = dirname(SERF_CONFIG_FILE)
  await mkdir(folder, { recursive: true })
  // serf has to pass through the folder above; its files stay closed one by one.
  await chmod(RUN_DIR, 0o711)
  await chmod(folder, 0o750)
  await chown(folder, 0, SERF_UID)
  await writeAtomic(RPC_AUTH_FILE, facts.rpcAuth, 0o600)
  await writeAtomic(SERF_CONFIG_FILE, renderSerfConfig(facts), 0o640, SERF_UID)
}

/** Starts serf under its supervisor; nothing happens when it runs. */
export const startSerf = async (): Promise<void> => {
  await run('s6-svc', ['-u', SERF_SERVICE], { timeout: 5_000 })
}

/** Ends a serf that does not answer; its supervisor starts it again. */
export const killSerf = async (): Promise<void> => {
  await run('s6-svc', ['-k', SERF_SERVICE], { timeout: 5_000 })
}

/**
 * Who listens on loopback at `port`: the serf of this node, nobody, or somebody else. Children
 * share the network, and one that took the port while serf was down would be handed the key. The
 * open files of a process are shown to its own uid only, so that uid looks.
 */
export const whoListens = async (port: number): Promise<'serf' | 'nobody' | 'other'> => {
  const inode = listenerAt(await readFile('/proc/net/tcp', 'utf8'), port)
  if (inode === undefined) return 'nobody'
  const { stdout } = await run('s6-svstat', ['-o', 'pid', SERF_SERVICE], { timeout: 5_000 })
  const pid = stdout.trim()
  if (!/^\d+$/.test(pid)) return 'other'
  const as = ['-u', `${SERF_UID}`, '-g', `${SERF_UID}`, '-G', '']
  const open = await run('s6-applyuidgid', [...as, 'ls', '-l', `/proc/${pid}/fd`], {
    timeout: 5_000,
  })
  return open.stdout.includes(`socket:[${inode}]`) ? 'serf' : 'other'
}

/** The inode of the socket that listens at `port` of 127.0.0.1; `text` is /proc/net/tcp. */
export const listenerAt = (text: string, port: number): string | undefined => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
  const at = (address: string) => listening.find(([, local]) => local === `${address}:${hex}`)?.[9]
  return at('0100007F') ?? at('00000000')
}
