import { decode } from 'dns-packet'

export const HEADER_BYTES = 12
/** The longest datagram that travels whole everywhere; dnsmasq takes no longer one either. */
export const UDP_MAX = 1232

export type Question = { name: string; type: string; class?: string | undefined }

/** The only question of a packet, its bytes, and what its asker takes; undefined: malformed. */
export const readQuestion = (packet: Buffer) => {
  const end = questionEnd(packet)
  if (end === undefined) return undefined
  try {
    const { questions, additionals = [] } = decode(packet)
    const question: Question | undefined = questions?.[0]
    if (question === undefined) return undefined
    const opt = additionals.find((each) => each.type === 'OPT')
    return {
      question,
      bytes: packet.subarray(HEADER_BYTES, end),
      hasOpt: opt !== undefined,
      udpMax: Math.max(512, Math.min(UDP_MAX, opt?.udpPayloadSize ?? 0)),
    }
  } catch {
    // Whatever the library could not read is a malformed packet.
    return undefined
  }
}

/** Where the only question ends; undefined unless there is one, alone and spelled out. */
const questionEnd = (packet: Buffer): number | undefined => {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    packet.readUInt16BE(at),
  )
  if (questions !== 1 || answers !== 0 || authorities !== 0 || (additionals ?? 0) > 1)
    return undefined
  for (let at = HEADER_BYTES; at < packet.length; ) {
    const length = packet[at] ?? 0
    if (length === 0) return at + 5 <= packet.length ? at + 5 : undefined
    // A pointer: there is nothing before the question that it could lead to.
    if (length > 63) return undefined
    at += length + 1
  }
  return undefined
}
