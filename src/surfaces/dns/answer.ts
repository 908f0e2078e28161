import { type Answer, AUTHORITATIVE_ANSWER, encode, TRUNCATED_RESPONSE } from 'dns-packet'
import { type Found, lookUp, type Shown } from './look-up.ts'
import { HEADER_BYTES, readQuestion, UDP_MAX } from './question.ts'

const [FORMERR, NOTIMP] = [1, 4] as const
const QR = 0x8000
const OPCODE = 0x7800
const RECURSION_DESIRED = 0x0100
const TCP_MAX = 65_535

export type Asked = Shown & { transport: 'udp' | 'tcp' }

/**
 * The answer to a DNS packet; undefined when it is no question at all. Never throws, whatever the
 * packet holds: it may come from any child.
 */
export const answerPacket = (packet: Buffer, asked: Asked): Buffer | undefined => {
  if (packet.length < HEADER_BYTES || packet.readUInt16BE(2) & QR) return undefined
  if (packet.readUInt16BE(2) & OPCODE) return bare(packet, NOTIMP)
  const read = readQuestion(packet)
  if (read === undefined) return bare(packet, FORMERR)
  const { question, bytes, hasOpt, udpMax } = read
  const limit = asked.transport === 'tcp' ? TCP_MAX : udpMax
  return fit(lookUp(question, asked), { packet, question: bytes, limit, hasOpt })
}

type Frame = { packet: Buffer; question: Buffer; limit: number; hasOpt: boolean }

// What does not fit goes: first the addresses of targets, then all where TCP can be asked, else some.
const fit = (found: Found, frame: Frame): Buffer => {
  const whole = write(found, frame)
  if (whole.length <= frame.limit) return whole
  const few = { ...found, glue: [] }
  const lean = write(few, frame)
  if (lean.length <= frame.limit) return lean
  const isLast = frame.limit < TCP_MAX || few.answers.length < 2
  if (isLast) return write({ ...few, answers: [] }, frame, TRUNCATED_RESPONSE)
  const share = Math.floor((few.answers.length * frame.limit) / lean.length) - 2
  return fit({ ...few, answers: few.answers.slice(0, Math.max(1, share)) }, frame)
}

const write = (found: Found, { packet, question, hasOpt }: Frame, more = 0): Buffer => {
  const flags = AUTHORITATIVE_ANSWER | found.rcode | more | asWished(packet)
  const additionals = hasOpt ? [...found.glue, OPT] : found.glue
  const { answers, authorities } = found
  const id = packet.readUInt16BE(0)
  const rest = encode({ type: 'response', id, flags, answers, authorities, additionals })
  // The question as it came, byte for byte: dnsmasq compares it, the case of its letters too.
  const answer = Buffer.concat([
    rest.subarray(0, HEADER_BYTES),
    question,
    rest.subarray(HEADER_BYTES),
  ])
  answer.writeUInt16BE(1, 4)
  return answer
}

const OPT: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_MAX,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}

const bare = (packet: Buffer, rcode: number): Buffer =>
  encode({ type: 'response', id: packet.readUInt16BE(0), flags: rcode | asWished(packet) })

const asWished = (packet: Buffer): number => packet.readUInt16BE(2) & RECURSION_DESIRED
