import { describeError, SerfnodeError } from '../../lib/errors.ts'
import { HttpError, REFUSALS } from './http-error.ts'

/** An error as RFC 9457 has it; `code` is one of a closed set, for programs. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: string
}

/** What errors of the layers below mean to whoever asks; by their codes. */
const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  name: [400, 'Wrong name'],
  payload: [400, 'Wrong payload'],
  filter: [400, 'Wrong filter'],
  'no-member': [404, 'Nobody of that name'],
  'payload-size': [413, 'Payload too large'],
  rate: [429, 'Too many events'],
  'not-found': [404, 'Not found'],
  conflict: [409, 'Not possible now'],
  'bad-request': [400, 'Refused by the engine'],
}

/** The problem that `error` is; what is retryable and unknown is 503, a defect of ours 500. */
export const problemOf = (error: unknown): Problem => {
  if (!(error instanceof SerfnodeError)) {
    return problem(500, 'Failure', 'internal', 'the node failed at this; its log says more')
  }
  const { code } = error
  const known = error instanceof HttpError ? REFUSALS[error.code] : statusOf(error)
  const [status, title] = known ?? (error.retryable ? UNAVAILABLE : FAILED)
  return problem(status, title, code, describeError(error))
}

// A time that no query can last is the caller's; one that ran out may go better next time.
const statusOf = ({ code, retryable }: SerfnodeError): readonly [number, string] | undefined => {
  if (code === 'timeout') return retryable ? [504, 'No answer in time'] : [400, 'Wrong timeout']
  return Object.hasOwn(STATUS, code) ? STATUS[code] : undefined
}

const UNAVAILABLE = [503, 'Not available now'] as const
const FAILED = [502, 'Failed'] as const

const problem = (status: number, title: string, code: string, detail: string): Problem => ({
  type: `urn:serfnode:problem:${code}`,
  title,
  status,
  detail,
  code,
})

/** Headers that belong to a problem. */
export const problemHeaders = (error: unknown): Record<string, string> => {
  if (!(error instanceof SerfnodeError)) return {}
  const headers = error.facts['headers']
  if (typeof headers === 'object' && headers !== null) return headers as Record<string, string>
  const waitMs = error.facts['retry_after_ms']
  return typeof waitMs === 'number' ? { 'retry-after': `${Math.ceil(waitMs / 1000)}` } : {}
}
