import type { Command } from '../command.ts'

// > no body                 (Serf answers, then ends)
export const leave: Command<void, void> = {
  name: 'leave',
  slowMs: 15_000,
}
