import type { Command } from '../command.ts'
import { KEY_SLOW_MS, keyFacts, readKeyReply, type SerfKeyReply } from '../key-reply.ts'

// > no body                 (unlike the other key commands)
// < {Messages, Keys, NumNodes, NumErr, NumResp}
export const listKeys: Command<void, SerfKeyReply> = {
  name: 'list-keys',
  response: readKeyReply,
  facts: keyFacts,
  slowMs: KEY_SLOW_MS,
  heals: true,
}
