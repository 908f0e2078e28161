import { createHash } from 'node:crypto'
import { ClusterError } from './cluster-error.ts'
import { clusterId, SECRET_BYTES } from './secret.ts'

/** All that a node needs to join: the cluster's secret and where some members are (`host:port`). */
export type Token = { secret: Buffer; seeds: string[] }

const SHAPE = /^SN1-([0-9a-f]{16})-([A-Za-z0-9_-]{43})-([A-Za-z0-9.:+[\]_-]*)-([0-9a-f]{8})$/

// Against typing and cut-off pastes; the first 32 bits of SHA-256 are as good as a CRC.
const checksum = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * `SN1-<cluster id>-<secret>-<seeds>-<checksum>`: 16 hex digits, 43 characters of base64url, seeds
 * separated by `+` (a comma separates peers in PEER; may be empty), 8 hex digits over all that
 * precedes.
 */
export const encodeToken = ({ secret, seeds }: Token): string => {
  const body = `SN1-${clusterId(secret)}-${secret.toString('base64url')}-${seeds.join('+')}`
  return `${body}-${checksum(body)}`
}

const bad = (what: string): ClusterError =>
  new ClusterError('token', `join token: ${what}; print a whole one with: serfnode token`)

/** The token of a text. Throws ClusterError `token`, which never repeats the secret. */
export const decodeToken = (text: string): Token => {
  const match = SHAPE.exec(text.trim())
  if (!match) throw bad('not of the form SN1-...')
  const [whole, id, secretText, seedsText, sum] = match as unknown as [string, ...string[]]
  if (checksum(whole.slice(0, -9)) !== sum) throw bad('the checksum is wrong, a part is missing')
  const secret = Buffer.from(secretText ?? '', 'base64url')
  if (secret.length !== SECRET_BYTES || clusterId(secret) !== id) {
    throw bad('the cluster id does not belong to the secret')
  }
  return { secret, seeds: (seedsText ?? '').split('+').filter((seed) => seed !== '') }
}
