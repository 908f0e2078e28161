import { DockerError, type DockerErrorCode } from './errors.ts'

const BY_ERRNO: Record<string, [DockerErrorCode, string]> = {
  ENOENT: ['unreachable', 'no such socket'],
  ECONNREFUSED: ['unreachable', 'nothing listens there'],
  ENOTSOCK: ['unreachable', 'not a socket'],
  ENOTDIR: ['unreachable', 'no such socket'],
  EAGAIN: ['unreachable', 'too many connections wait there'],
  EACCES: ['denied', 'permission denied'],
  EPERM: ['denied', 'permission denied'],
  ECONNRESET: ['closed', 'the engine closed the connection'],
  EPIPE: ['closed', 'the engine closed the connection'],
  ERR_STREAM_PREMATURE_CLOSE: ['closed', 'the engine closed the connection'],
}

/** What a failed connection means; an error that is ours already, or the caller's abort, stays. */
export const wireError = (
  deed: string,
  error: unknown,
  { socketPath, signal }: { socketPath: string; signal?: AbortSignal | undefined },
): unknown => {
  if (error instanceof DockerError) return error
  if (signal?.aborted) return signal.reason
  const errno = (error as NodeJS.ErrnoException).code ?? ''
  const options = { cause: error, facts: { socketPath } }
  const known = BY_ERRNO[errno]
  if (known) return new DockerError(known[0], `${deed}: ${known[1]} (${socketPath})`, options)
  if (errno.startsWith('HPE_')) {
    return new DockerError(
      'malformed',
      `${deed}: what answers at ${socketPath} is no engine`,
      options,
    )
  }
  return new DockerError('closed', `${deed}: ${(error as Error).message}`, options)
}

const codeOf = (status: number): DockerErrorCode => {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  if (status >= 500) return 'server'
  return status >= 400 ? 'bad-request' : 'malformed'
}

/** The engine said no: its `{"message": ...}`, or whatever text a proxy sent instead. */
export const refusal = (deed: string, status: number, body: string): DockerError => {
  const message = messageOf(body) ?? (body.trim().slice(0, 500) || `HTTP status ${status}`)
  const code = codeOf(status)
  return new DockerError(code, `${deed}: ${message}`, {
    retryable: code === 'server' && status !== 501,
    facts: { status, message },
  })
}

const messageOf = (body: string): string | undefined => {
  try {
    const { message } = JSON.parse(body)
    return typeof message === 'string' && message !== '' ? message.trim() : undefined
  } catch {
    // Not JSON: the text itself is shown.
    return undefined
  }
}

/** A cut or garbled answer may come whole the next time. */
export const garbled = (deed: string, what: string, body: string, cause?: unknown): DockerError =>
  new DockerError('malformed', `${deed}: ${what}`, {
    cause,
    retryable: true,
    facts: { body: body.slice(0, 200) },
  })
