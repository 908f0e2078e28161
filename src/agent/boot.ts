import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { readIfThere, writeAtomic } from '../lib/files.ts'
import { BOOT_FILE, RUN_DIR } from './paths.ts'

/**
 * Who this node is for the life of its container: made at the start, read again by an agent that
 * was restarted. Other nodes on the engine read it to find us.
 */
export type Boot = {
  /** The member name: `<name>.<6 hex>`. */
  id: string
  name: string
  cluster: string
  role: string
  serf_ip: string
  serf_port: number
  rpc_port: number
  rpcAuth: string
  /** Unix seconds of the container's start, as text. */
  timestamp: string
}

/** The name of a node that was given none: of its role, with what no name may have taken out. */
export const nameOf = (role: string, containerId: string | undefined): string => {
  const word = role
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .slice(0, 50)
    .replace(/^[-_]+|[-_]+$/g, '')
  return `${word === '' ? 'node' : word}-${(containerId ?? 'node').slice(0, 6)}`
}

export const readBoot = async (): Promise<Boot | undefined> => {
  const text = await readIfThere(BOOT_FILE)
  return text === undefined ? undefined : (JSON.parse(text) as Boot)
}

export const makeBoot = (
  facts: Omit<Boot, 'id' | 'rpcAuth' | 'timestamp'>,
  startedAtMs: number,
): Boot => ({
  ...facts,
  id: `${facts.name}.${randomBytes(3).toString('hex')}`,
  rpcAuth: randomBytes(24).toString('base64url'),
  timestamp: (startedAtMs / 1000).toFixed(3),
})

export const saveBoot = async (boot: Boot): Promise<void> => {
  await mkdir(RUN_DIR, { recursive: true, mode: 0o700 })
  await writeAtomic(BOOT_FILE, `${JSON.stringify(boot)}\n`, 0o600)
}
