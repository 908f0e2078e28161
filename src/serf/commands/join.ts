import type { Command } from '../command.ts'
import { asFields, countField } from '../fields.ts'

export type JoinRequest = {
  /** `host` or `host:port`. */
  addrs: readonly string[]
  /** Deliver the user events the cluster still remembers. */
  replay: boolean
}

// > {Existing: [str], Replay: bool}
// < {Num: int32}            (how many of them answered; an error only when none did)
export const join: Command<JoinRequest, number> = {
  name: 'join',
  request: ({ addrs, replay }) => ({ Existing: addrs, Replay: replay }),
  response: (body) => countField(asFields(body, 'body'), 'Num'),
  facts: (joined) => ({ joined }),
  heals: true,
}

/** Serf tries the addresses in turn, up to 10 s each with the lan profile. */
export const joinSlowMs = (addrs: readonly string[]): number => addrs.length * 10_000
