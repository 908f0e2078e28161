import { decode, encode, type Packet, type RecordType } from 'dns-packet'
import type { NodeInfo } from '../../../src/catalog/node-info.ts'
import { type Asked, answerPacket } from '../../../src/surfaces/dns/answer.ts'
import { nameServices } from '../../../src/surfaces/dns/names.ts'
import { makeZone, type Zone } from '../../../src/surfaces/dns/zone.ts'

export const zoneOf = (
  services: readonly NodeInfo[],
  tags: Record<string, Record<string, string>> = {},
): Zone =>
  makeZone(
    nameServices(services),
    Object.entries(tags).map(([id, each]) => ({ id, tags: each })),
  )

/** The types of the library leave one out. */
type AnyType = RecordType | 'ANY'

export const question = (name: string, type: AnyType, packet: Packet = {}): Buffer =>
  encode({
    type: 'query',
    id: 7,
    questions: [{ name, type: type as RecordType, class: 'IN' }],
    ...packet,
  })

export const asked = (zone: Zone, changes: Partial<Asked> = {}): Asked => ({
  zone,
  serial: 5,
  transport: 'udp',
  random: () => 0,
  ...changes,
})

export type Reply = ReturnType<typeof decode> & { rcode: string; bytes: number }

export const reply = (packet: Buffer, wish: Asked): Reply | undefined => {
  const answer = answerPacket(packet, wish)
  return answer && { ...(decode(answer) as Reply), bytes: answer.length }
}

/** What is answered, as `dig +short` would show it, and how: status, then records. */
export const told = (zone: Zone, name: string, type: RecordType): string[] => {
  const { rcode, answers = [] } = reply(question(name, type), asked(zone)) as Reply
  const texts = answers.map((each) => {
    if (each.type === 'SRV') return `${each.data.port} ${each.data.target}`
    if (each.type === 'TXT') return String(each.data)
    return 'data' in each && typeof each.data === 'string' ? each.data : each.type
  })
  return [rcode, ...texts.sort()]
}
