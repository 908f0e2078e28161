import { ConfigError } from '../config/config-error.ts'
import { SerfnodeError } from '../lib/errors.ts'

export type CliErrorCode =
  | 'usage'
  | 'configuration'
  | 'no-node'
  | 'no-engine'
  | 'not-found'
  | 'exists'
  | 'failed'

const USAGE_CODES: readonly string[] = ['usage', 'configuration']

/**
 * A command that cannot go on. `facts.hint` is what to do next, one line or several; `usage` and
 * `configuration` end the process with 2, the others with 1.
 */
export class CliError extends SerfnodeError<CliErrorCode> {
  constructor(
    code: CliErrorCode,
    message: string,
    { hint, cause }: { hint?: string; cause?: unknown } = {},
  ) {
    super(code, message, { cause, facts: hint === undefined ? {} : { hint } })
  }
}

/** 2 for usage and configuration, 1 for every other failure. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof ConfigError || (error instanceof CliError && USAGE_CODES.includes(error.code))
    ? 2
    : 1
