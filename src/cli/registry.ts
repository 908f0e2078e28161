import type { Command } from './command.ts'

/** The commands in the order of the help; each is loaded only when it is called. */
export const COMMANDS: Record<string, () => Promise<Command>> = {
  init: async () => (await import('./commands/init.ts')).init,
  validate: async () => (await import('./commands/validate.ts')).validate,
  build: async () => (await import('./commands/build.ts')).build,
  run: async () => (await import('./commands/run.ts')).run,
  members: async () => (await import('./commands/members.ts')).members,
  status: async () => (await import('./commands/status.ts')).status,
  top: async () => (await import('./commands/top.ts')).top,
  ps: async () => (await import('./commands/ps.ts')).ps,
  logs: async () => (await import('./commands/logs.ts')).logs,
  event: async () => (await import('./commands/event.ts')).event,
  events: async () => (await import('./commands/events.ts')).events,
  handlers: async () => (await import('./commands/handlers.ts')).handlers,
  query: async () => (await import('./commands/query.ts')).query,
  token: async () => (await import('./commands/token.ts')).token,
  stop: async () => (await import('./commands/stop.ts')).stop,
  rm: async () => (await import('./commands/rm.ts')).rm,
  gc: async () => (await import('./commands/gc.ts')).gc,
  completion: async () => (await import('./commands/completion.ts')).completion,
  version: async () => (await import('./commands/version.ts')).version,
}
