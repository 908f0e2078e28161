import type { Answer } from 'dns-packet'
import { ZONE } from './names.ts'
import type { Question } from './question.ts'
import type { Records, Zone } from './zone.ts'

/** The most seconds for which anybody may keep an answer, a negative one too. */
const TTL_S = 1

const [NXDOMAIN, NOTIMP, REFUSED] = [3, 4, 5] as const

export type Shown = {
  zone: Zone
  /** Grows with each change of the zone. */
  serial: number
  /** In [0, 1); answers come in another order each time. */
  random: () => number
}

export type Found = { rcode: number; answers: Answer[]; authorities: Answer[]; glue: Answer[] }

/** What the zone has for a question: NXDOMAIN for no such name, no answers for none of the type. */
export const lookUp = (question: Question, { zone, serial, random }: Shown): Found => {
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
