import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, TRUNCATED_RESPONSE } from 'dns-packet'
import { ZONE } from './names.ts'
import type { Records, Zone } from './zone.ts'

/** The most seconds for which anybody may keep an answer, a negative one too. */
export const TTL_S = 1

const [FORMERR, NXDOMAIN, NOTIMP, REFUSED] = [1, 3, 4, 5] as const
const QR = 0x8000
const RECURSION_DESIRED = 0x0100
const HEADER = 12
/** The longest datagram that travels whole everywhere; dnsmasq takes no longer one either. */
const UDP_MAX = 1232
const TCP_MAX = 65_535

export type Asked = {
  zone: Zone
  /** Grows with each change of the zone. */
  serial: number
  transport: 'udp' | 'tcp'
  /** In [0, 1); answers come in another order each time. */
  random: () => number
}

type Found = { rcode: number; answers: Answer[]; authorities: Answer[]; glue: Answer[] }
type Question = { name: string; type: string; class?: string | undefined }

/**
 * The answer to a DNS packet; undefined when it is no question at all. Never throws, whatever the
 * packet holds: it may come from any child.
 */
export const answerPacket = (packet: Buffer, asked: Asked): Buffer | undefined => {
  if (packet.length < HEADER || packet.readUInt16BE(2) & QR) return undefined
  if (packet.readUInt16BE(2) & 0x7800) return bare(packet, NOTIMP)
  const end = questionEnd(packet)
  const read = end === undefined ? undefined : readQuestion(packet)
  if (read === undefined) return bare(packet, FORMERR)
  const found = lookUp(read.question, asked)
  const limit = asked.transport === 'tcp' ? TCP_MAX : read.udpMax
  return fit(found, { packet, question: packet.subarray(HEADER, end), limit, opt: read.opt })
}

/** Where the only question ends; undefined unless there is one, alone and spelled out. */
const questionEnd = (packet: Buffer): number | undefined => {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    packet.readUInt16BE(at),
  )
  if (questions !== 1 || answers !== 0 || authorities !== 0 || (additionals ?? 0) > 1)
    return undefined
  for (let at = HEADER; at < packet.length; ) {
    const length = packet[at] ?? 0
    if (length === 0) return at + 5 <= packet.length ? at + 5 : undefined
    // A pointer: there is nothing before the question that it could lead to.
    if (length > 63) return undefined
    at += length + 1
  }
  return undefined
}

const readQuestion = (packet: Buffer) => {
  try {
    const { questions, additionals = [] } = decode(packet)
    const question: Question | undefined = questions?.[0]
    if (question === undefined) return undefined
    const opt = additionals.find((each) => each.type === 'OPT')
    const size = opt === undefined ? 0 : opt.udpPayloadSize
    return { question, opt: opt !== undefined, udpMax: Math.max(512, Math.min(UDP_MAX, size)) }
  } catch {
    // Whatever the library could not read is a malformed packet.
    return undefined
  }
}

const lookUp = (question: Question, { zone, serial, random }: Asked): Found => {
  const name = question.name.toLowerCase()
  const isOurs = name === ZONE || name.endsWith(`.${ZONE}`)
  const isTransfer = question.type === 'AXFR' || question.type === 'IXFR'
  // A refusal makes dnsmasq look for another server, and its asker wait; so only where it is due.
  if (isTransfer || question.class !== 'IN') return negative(NOTIMP)
  if (!isOurs) return negative(REFUSED)
  const records = zone.get(name)
  if (records === undefined) return negative(NXDOMAIN, soa(ZONE, serial))
  const answers = answersOf(question, records, random)
  if (name === ZONE && /^(SOA|ANY)$/.test(question.type)) answers.push(soa(question.name, serial))
  if (answers.length === 0) return negative(0, soa(ZONE, serial))
  return { rcode: 0, answers, authorities: [], glue: glueOf(answers, zone) }
}

const negative = (rcode: number, ...authorities: Answer[]): Found => ({
  rcode,
  answers: [],
  authorities,
  glue: [],
})

const answersOf = (
  { name, type }: Question,
  { a, aaaa, srv, txt }: Records,
  random: () => number,
): Answer[] => {
  const common = { name, ttl: TTL_S }
  const wants = (each: string) => type === each || type === 'ANY'
  return [
    ...(wants('A') ? addresses('A', common, shuffled(a, random)) : []),
    ...(wants('AAAA') ? addresses('AAAA', common, shuffled(aaaa, random)) : []),
    ...(wants('SRV') ? shuffled(srv, random) : []).map(
      (data): Answer => ({ ...common, type: 'SRV', data: { priority: 0, weight: 0, ...data } }),
    ),
    ...(wants('TXT') ? txt : []).map((data): Answer => ({ ...common, type: 'TXT', data })),
  ]
}

const addresses = (
  type: 'A' | 'AAAA',
  common: { name: string; ttl: number },
  list: readonly string[],
): Answer[] => list.map((data) => ({ ...common, type, data }))

/** The addresses of the targets, so that nobody has to ask again. */
const glueOf = (answers: readonly Answer[], zone: Zone): Answer[] => {
  const targets = new Set(answers.flatMap((each) => (each.type === 'SRV' ? each.data.target : [])))
  return [...targets].flatMap((name) => {
    const { a = [], aaaa = [] } = zone.get(name) ?? {}
    const common = { name, ttl: TTL_S }
    return [...addresses('A', common, a), ...addresses('AAAA', common, aaaa)]
  })
}

const soa = (name: string, serial: number): Answer => ({
  type: 'SOA',
  name,
  ttl: TTL_S,
  data: {
    mname: ZONE,
    rname: `hostmaster.${ZONE}`,
    serial: serial >>> 0,
    refresh: 60,
    retry: 10,
    expire: 600,
    minimum: TTL_S,
  },
})

type Frame = { packet: Buffer; question: Buffer; limit: number; opt: boolean }

// What does not fit: first without the addresses of targets, then, where TCP can be asked, nothing.
const fit = (found: Found, frame: Frame): Buffer => {
  const whole = write(found, frame)
  if (whole.length <= frame.limit) return whole
  const few = { ...found, glue: [] }
  const lean = write(few, frame)
  if (lean.length <= frame.limit) return lean
  if (frame.limit < TCP_MAX) return write({ ...few, answers: [] }, frame, TRUNCATED_RESPONSE)
  const share = Math.floor((few.answers.length * frame.limit) / lean.length) - 2
  return fit({ ...few, answers: few.answers.slice(0, Math.max(1, share)) }, frame)
}

const write = (found: Found, { packet, question, opt }: Frame, more = 0): Buffer => {
  const flags = AUTHORITATIVE_ANSWER | found.rcode | more | asWished(packet)
  const additionals = opt ? [...found.glue, OPT] : found.glue
  const { answers, authorities } = found
  const id = packet.readUInt16BE(0)
  const rest = encode({ type: 'response', id, flags, answers, authorities, additionals })
  // The question as it came, byte for byte: dnsmasq compares it, the case of its letters too.
  const answer = Buffer.concat([rest.subarray(0, HEADER), question, rest.subarray(HEADER)])
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

const shuffled = <T>(list: readonly T[], random: () => number): T[] => {
  const mixed = [...list]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const [one, two] = [mixed[at] as T, mixed[other] as T]
    mixed[at] = two
    mixed[other] = one
  }
  return mixed
}
