import { asFields, asNumber, asText, countField, mapField } from './fields.ts'

/** A gossip key as base64 of 16, 24 or 32 bytes. */
export type KeyRequest = { key: string }

/** What the members said; `keys` counts, for `list-keys` alone, the members that hold each. */
export type SerfKeyReply = {
  /** By member: what went wrong there. */
  messages: Record<string, string>
  /** By key in base64: do not log. */
  keys: Record<string, number>
  /** Members that Serf counts: failed ones are not among them. */
  numNodes: number
  numErr: number
  numResp: number
}

/** A key command waits for every member, at the worst for Serf's whole query timeout. */
export const KEY_SLOW_MS = 30_000

/** The keys are secret and stay out of errors, which get logged. */
export const keyFacts = ({ keys: _, ...facts }: SerfKeyReply) => facts

// > {Key: str}
export const keyRequest = ({ key }: KeyRequest) => ({ Key: key })

// < {Messages: {str: str}, Keys: {str: int}, NumNodes: int, NumErr: int, NumResp: int}
export const readKeyReply = (body: unknown): SerfKeyReply => {
  const fields = asFields(body, 'body')
  return {
    messages: mapField(fields, 'Messages', asText),
    keys: mapField(fields, 'Keys', asNumber),
    numNodes: countField(fields, 'NumNodes'),
    numErr: countField(fields, 'NumErr'),
    numResp: countField(fields, 'NumResp'),
  }
}
