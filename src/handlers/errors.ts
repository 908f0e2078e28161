import { SerfnodeError } from '../lib/errors.ts'

/**
 * `failed`: the user's code said so or broke; `timeout`; `stuck`: a module that the watchdog
 * ended; `output`: it printed more than anybody could want; `stopped`: by this node's end;
 * `wire`: a module broke the protocol of its pipe.
 */
export type HandlerErrorCode = 'failed' | 'timeout' | 'stuck' | 'output' | 'stopped' | 'wire'

export class HandlerError extends SerfnodeError<HandlerErrorCode> {}
