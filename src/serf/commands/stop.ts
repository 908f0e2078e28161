import type { Command } from '../command.ts'

/** The Seq of a `stream` or `monitor`; queries cannot be stopped. */
export type StopRequest = { seq: number }

// > {Stop: uint64}          (always answered with success; records under way still come)
export const stop: Command<StopRequest, void> = {
  name: 'stop',
  request: ({ seq }) => ({ Stop: seq }),
}
