import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { HttpError } from './http-error.ts'

export type GuardOptions = {
  /** Names by which the listener may be addressed, besides addresses and localhost; absent: any. */
  hosts?: readonly string[]
  /** Who calls must bring it; absent: nobody has to. */
  token?: string
}

/**
 * Checks who calls before anything else is looked at. A web page that has its own name lead here
 * (DNS rebinding) still sends that name as Host, so only addresses and known names pass; and a page
 * has no business here at all, so no foreign Origin passes. Throws HttpError.
 */
export const createGuard = ({ hosts, token }: GuardOptions) => {
  const known = new Set(['localhost', ...(hosts ?? [])].map((name) => name.toLowerCase()))
  const expected = token === undefined ? undefined : digest(token)
  return (headers: IncomingHttpHeaders): void => {
    const { host = '', origin, authorization } = headers
    const name = hostName(host)
    if (hosts && (name === undefined || !(isIP(name) || known.has(name)))) {
      throw new HttpError(
        'host',
        `Host ${JSON.stringify(host.slice(0, 80))} is not known: use an address, localhost, or a name in SERFNODE_API_HOSTS`,
      )
    }
    const site = headers['sec-fetch-site']
    const isForeign = origin !== undefined && origin !== `http://${host}`
    if (isForeign || site === 'cross-site' || site === 'same-site') {
      throw new HttpError('origin', 'pages of other origins may not call this API')
    }
    if (expected && !isToken(authorization, expected)) {
      throw new HttpError('unauthorized', 'the header "Authorization: Bearer <token>" is needed', {
        facts: { headers: { 'www-authenticate': 'Bearer realm="serfnode"' } },
      })
    }
  }
}

// Digests are of one length, so the time tells nothing of the token.
const isToken = (header: string | undefined, expected: Buffer): boolean => {
  const given = /^bearer +(\S{1,1024})$/i.exec(header ?? '')?.[1]
  return timingSafeEqual(digest(given ?? ''), expected) && given !== undefined
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The host without its port, in lower case, `[::1]` as `::1`. */
const hostName = (host: string): string | undefined => {
  const [, six, plain] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([^:[\]\s]{1,253}))(?::\d{1,5})?$/i.exec(host) ?? []
  return (six ?? plain)?.toLowerCase()
}
