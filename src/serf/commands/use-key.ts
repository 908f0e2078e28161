import type { Command } from '../command.ts'
import {
  KEY_SLOW_MS,
  type KeyRequest,
  keyFacts,
  keyRequest,
  readKeyReply,
  type SerfKeyReply,
} from '../key-reply.ts'

// > {Key: str}              (must be installed; from now on it encrypts)
// < {Messages, Keys, NumNodes, NumErr, NumResp}
export const useKey: Command<KeyRequest, SerfKeyReply> = {
  name: 'use-key',
  request: keyRequest,
  response: readKeyReply,
  facts: keyFacts,
  slowMs: KEY_SLOW_MS,
  heals: true,
}
