import type { StreamCommand } from '../command.ts'
import { asFields, textField } from '../fields.ts'

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'err'

/** Serf takes either case. */
export type SerfLogLevel = Level | Uppercase<Level>

export type MonitorRequest = { logLevel: SerfLogLevel }

// > {LogLevel: str}         (one monitor a connection)
// < records {Log: str}      (first the last 512 lines, then as they come)
export const monitor: StreamCommand<MonitorRequest, string> = {
  name: 'monitor',
  request: ({ logLevel }) => ({ LogLevel: logLevel }),
  record: (body) => textField(asFields(body, 'record'), 'Log'),
}
