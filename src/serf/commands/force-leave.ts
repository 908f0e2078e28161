import type { Command } from '../command.ts'

export type ForceLeaveRequest = { name: string; prune: boolean }

// > {Node: str, Prune: bool}
export const forceLeave: Command<ForceLeaveRequest, void> = {
  name: 'force-leave',
  request: ({ name, prune }) => ({ Node: name, Prune: prune }),
  slowMs: 12_000,
}
