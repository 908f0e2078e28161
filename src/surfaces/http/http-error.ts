import { SerfnodeError } from '../../lib/errors.ts'

/** Our own refusals, each with its HTTP status and title. */
export const REFUSALS = {
  query: [400, 'Wrong query'],
  json: [400, 'Wrong body'],
  unauthorized: [401, 'Token needed'],
  forbidden: [403, 'Not allowed here'],
  origin: [403, 'Not for web pages'],
  'no-route': [404, 'Not found'],
  method: [405, 'Wrong method'],
  'body-time': [408, 'Too slow'],
  'body-size': [413, 'Body too large'],
  'url-size': [414, 'Address too long'],
  'media-type': [415, 'Wrong type of body'],
  host: [421, 'Wrong host'],
  'not-known': [503, 'Not known yet'],
  busy: [503, 'Too busy'],
} as const satisfies Record<string, readonly [number, string]>

export type HttpErrorCode = keyof typeof REFUSALS

/** A request that is refused; `facts.headers` go with the answer. */
export class HttpError extends SerfnodeError<HttpErrorCode> {}
