/**
 * A call that failed. `status` and `code` are those of the API's problem details; without an answer
 * `status` is 0 and `code` is `unreachable` or `timeout`. One that is none of the API's has `unknown`.
 */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(message: string, facts: { status: number; code: string; cause?: unknown }) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'ApiError'
    this.status = facts.status
    this.code = facts.code
  }

  /** Whether the same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}
