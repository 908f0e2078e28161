import { SerfnodeError } from '../../src/lib/errors.ts'

export type SetupErrorCode =
  | 'command_failed'
  | 'command_timed_out'
  | 'command_missing'
  | 'no_engine'
  | 'engine_denied'
  | 'no_base'
  | 'bad_download'
  | 'name_taken'
  | 'bad_usage'
  | 'not_ready'

/** What went wrong while the machine, the images or the demo were being set up. */
export class SetupError extends SerfnodeError<SetupErrorCode> {}
