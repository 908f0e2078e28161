import { hkdfSync, randomBytes } from 'node:crypto'

/**
 * What makes a cluster: 32 random bytes, from which every key is derived, and the epoch of the
 * gossip key.
 */
export type Secret = { secret: Buffer; epoch: number }

export const SECRET_BYTES = 32

export const newSecret = (): Secret => ({ secret: randomBytes(SECRET_BYTES), epoch: 0 })

const derive = (secret: Buffer, info: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'serfnode', info, bytes))

/** Serf's gossip key (AES-256) of the secret's epoch, base64 as Serf's configuration wants it. */
export const gossipKey = ({ secret, epoch }: Secret): string =>
  derive(secret, `gossip/${epoch}`, 32).toString('base64')

/** The cluster's public identity, 16 hex digits: tells clusters apart and reveals nothing. */
export const clusterId = (secret: Buffer): string => derive(secret, 'id/v1', 8).toString('hex')
