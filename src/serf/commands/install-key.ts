import type { Command } from '../command.ts'
import {
  KEY_SLOW_MS,
  type KeyRequest,
  keyFacts,
  keyRequest,
  readKeyReply,
  type SerfKeyReply,
} from '../key-reply.ts'

// > {Key: str}              (added to every keyring; used only to read until `use-key`)
// < {Messages, Keys, NumNodes, NumErr, NumResp}
export const installKey: Command<KeyRequest, SerfKeyReply> = {
  name: 'install-key',
  request: keyRequest,
  response: readKeyReply,
  facts: keyFacts,
  slowMs: KEY_SLOW_MS,
  heals: true,
}
