import type { Command } from '../command.ts'

export type HandshakeRequest = { version: number }

// > {Version: int32}        (must come first; the only version is 1)
export const handshake: Command<HandshakeRequest, void> = {
  name: 'handshake',
  request: ({ version }) => ({ Version: version }),
}
