/**
 * The base of every error we throw on purpose. `message` is the deed and the thing
 * (`start child web: image not found`), `code` is one of a closed set per layer, `retryable`
 * says whether the same call may succeed later without anybody changing anything, and `facts`
 * are the values a person or a log needs.
 */
export abstract class SerfnodeError<Code extends string = string> extends Error {
  readonly code: Code
  readonly retryable: boolean
  readonly facts: Readonly<Record<string, unknown>>

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; retryable?: boolean; facts?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
    this.facts = options.facts ?? {}
  }
}

/** One line of causes, outermost first: `join 10.0.0.5: connect: connection refused`. */
export const describeError = (error: unknown): string => {
  const parts: string[] = []
  for (let at: unknown = error; at !== undefined && parts.length < 6; ) {
    const text = at instanceof Error ? at.message || at.name : String(at)
    if (!parts.some((part) => part.includes(text))) parts.push(text)
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(': ')
}
