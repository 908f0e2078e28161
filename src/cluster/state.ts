import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, writeLasting } from '../lib/files.ts'
import { ClusterError } from './cluster-error.ts'
import { SECRET_BYTES, type Secret } from './secret.ts'

/** The folder of a node's own state: 0700, in the container's layer or a volume mounted there. */
export const STATE_DIR = '/var/lib/serfnode'
export const SECRET_FILE = 'secret.json'
const PEERS_FILE = 'peers.json'
const MOST_PEERS = 64

/** A secret as a node keeps it: with the cluster's name, so that others on the engine find theirs. */
export type KeptSecret = Secret & { cluster: string }

export const serializeSecret = ({ cluster, secret, epoch }: KeptSecret): string =>
  `${JSON.stringify({ cluster, secret: secret.toString('base64'), epoch })}\n`

/** Reads what `serializeSecret` wrote. Throws ClusterError `state` without repeating the text. */
export const parseSecret = (text: string, where: string): KeptSecret => {
  try {
    const { cluster, secret, epoch } = JSON.parse(text)
    const bytes = Buffer.from(String(secret), 'base64')
    if (typeof cluster === 'string' && bytes.length === SECRET_BYTES && Number.isInteger(epoch)) {
      return { cluster, secret: bytes, epoch }
    }
  } catch {
    // The parser's message would quote the file, secret included.
  }
  throw new ClusterError('state', `read the secret of ${where}: the file is damaged`, {
    facts: { file: SECRET_FILE },
  })
}

export const readSecret = async (dir = STATE_DIR): Promise<KeptSecret | undefined> => {
  const text = await readIfThere(join(dir, SECRET_FILE))
  return text === undefined ? undefined : parseSecret(text, dir)
}

export const saveSecret = async (kept: KeptSecret, dir = STATE_DIR): Promise<void> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeLasting(join(dir, SECRET_FILE), serializeSecret(kept), 0o600)
}

const ADDRESS = /^[\w.:[\]-]{1,260}:\d{1,5}$/

/** Addresses (`ip:port`) of the members seen alive last; a damaged file counts as empty. */
export const readPeers = async (dir = STATE_DIR): Promise<string[]> => {
  try {
    const list = JSON.parse((await readIfThere(join(dir, PEERS_FILE))) ?? '[]')
    return Array.isArray(list) ? list.filter((peer) => ADDRESS.test(String(peer))) : []
  } catch {
    // Peers are a help to find the cluster again, never needed: seeds and the engine remain.
    return []
  }
}

export const savePeers = async (peers: readonly string[], dir = STATE_DIR): Promise<void> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const text = `${JSON.stringify(peers.slice(0, MOST_PEERS))}\n`
  await writeLasting(join(dir, PEERS_FILE), text, 0o600)
}
