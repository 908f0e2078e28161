import type { Command } from '../command.ts'

export type AuthRequest = { authKey: string }

// > {AuthKey: str}          (an agent without a key accepts the empty one)
export const auth: Command<AuthRequest, void> = {
  name: 'auth',
  request: ({ authKey }) => ({ AuthKey: authKey }),
}
