import { SerfnodeError } from '../lib/errors.ts'

/** `image`: not there and cannot be had. `name-taken`: a container that is not ours has the name. */
export type ChildErrorCode = 'image' | 'name-taken'

/** A child that cannot be made now; another try later may work. */
export class ChildError extends SerfnodeError<ChildErrorCode> {
  constructor(code: ChildErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, { ...options, retryable: true })
  }
}
