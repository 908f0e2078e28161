import type { Command } from '../command.ts'
import {
  KEY_SLOW_MS,
  type KeyRequest,
  keyFacts,
  keyRequest,
  readKeyReply,
  type SerfKeyReply,
} from '../key-reply.ts'

// > {Key: str}              (not the one in use)
// < {Messages, Keys, NumNodes, NumErr, NumResp}
export const removeKey: Command<KeyRequest, SerfKeyReply> = {
  name: 'remove-key',
  request: keyRequest,
  response: readKeyReply,
  facts: keyFacts,
  slowMs: KEY_SLOW_MS,
  heals: true,
}
