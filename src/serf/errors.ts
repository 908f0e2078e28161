import { SerfnodeError } from '../lib/errors.ts'

/**
 * - `connect`: no TCP connection to Serf's RPC (refused, unreachable, too slow)
 * - `auth`: Serf wants an auth key, or wants another one
 * - `closed`: the connection ended before the answer came, or had ended before the call
 * - `timeout`: no answer in time; the deed may still be done, or have been done
 * - `refused`: Serf answered with an error text, which stands in the message
 * - `malformed`: what came is not Serf's RPC; the connection is closed
 */
export type SerfErrorCode = 'connect' | 'auth' | 'closed' | 'timeout' | 'refused' | 'malformed'

const heals = new Set<SerfErrorCode>(['connect', 'closed', 'timeout'])

export class SerfError extends SerfnodeError<SerfErrorCode> {
  constructor(
    code: SerfErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; facts?: Record<string, unknown> } = {},
  ) {
    super(code, message, { retryable: heals.has(code), ...options })
  }
}
