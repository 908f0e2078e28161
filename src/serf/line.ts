import type { Wire } from './codec.ts'
import { SerfError } from './errors.ts'
import type { Waiters } from './waiters.ts'

/** What calls and subscriptions need of the connection they run on. */
export type Line = {
  waiters: Waiters
  /** How long an ordinary answer may take. */
  timeoutMs: number
  /** Throws the reason once the connection is closed. */
  assertOpen: () => void
  send: (command: string, seq: number, body: Wire | undefined) => void
  close: (error: SerfError) => void
}

/** Texts after which Serf sends no body, whatever the command. */
const AUTH_REQUIRED = 'Authentication required'
const INVALID_TOKEN = 'Invalid authentication token'
const bodiless = new Set([AUTH_REQUIRED, 'Handshake required', 'Unsupported command'])

/** After these the connection is useless: Serf has not read the request's body, or hangs up. */
export const endsConnection = (errorText: string): boolean => bodiless.has(errorText)

/** Serf's error text as an error. */
export const refusal = (
  command: string,
  errorText: string,
  { facts, heals = false }: { facts?: Record<string, unknown>; heals?: boolean } = {},
): SerfError => {
  // Join sends several indented lines, and a member may put anything into a key command's.
  const text = errorText.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  const wantsAuth = errorText === AUTH_REQUIRED || errorText === INVALID_TOKEN
  return new SerfError(wantsAuth ? 'auth' : 'refused', `serf ${command}: ${text}`, {
    retryable: heals && !wantsAuth,
    facts,
  })
}
