import { SerfnodeError } from '../lib/errors.ts'

/**
 * `unreachable`: no engine listens at the socket. `denied`: we may not use it. `timeout`: no answer
 * within the deadline, so whether it was done is not known. `closed`: the engine dropped the
 * connection halfway. `malformed`: what came is not what an engine says. The rest are the engine's
 * own answers: 404, 409, 400 and 5xx.
 */
export type DockerErrorCode =
  | 'unreachable'
  | 'denied'
  | 'timeout'
  | 'closed'
  | 'malformed'
  | 'not-found'
  | 'conflict'
  | 'bad-request'
  | 'server'

const RETRYABLE: ReadonlySet<DockerErrorCode> = new Set([
  'unreachable',
  'timeout',
  'closed',
  'server',
])

/**
 * A call to the engine that failed. `message` is the deed, the thing and the engine's own words;
 * `facts.message` holds those words alone, `facts.status` the HTTP status where there was one.
 */
export class DockerError extends SerfnodeError<DockerErrorCode> {
  constructor(
    code: DockerErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; facts?: Record<string, unknown> } = {},
  ) {
    super(code, message, { ...options, retryable: options.retryable ?? RETRYABLE.has(code) })
  }
}

/** Whether `error` is a DockerError, and of that code when one is given. */
export const isDockerError = (error: unknown, code?: DockerErrorCode): error is DockerError =>
  error instanceof DockerError && (code === undefined || error.code === code)
