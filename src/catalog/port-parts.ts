import { digestPorts } from './more-ports.ts'
import type { Ports } from './node-info.ts'
import { ALL_PORTS_MAX, encodeRanges, tellablePorts } from './port-ranges.ts'

/** A wish for the ports that have this digest, in the short code, from a character on. */
export type AskedPart = { digest: string; from: number }

/** A piece of the short code; `next` is where the following one begins, absent in the last. */
export type PortPart = { code: string; next?: number }

/** Characters of the code in one answer: Serf carries 1024 bytes with the member's name. */
const PART = 820
/** Of other versions too. A liar's single characters would cost the cluster thousands of queries. */
const LEAST_PART = 512
/** More is no answer of Serf. */
const ANSWER_MAX = 1024

/** The payload of the query `ports` by which one node asks another for all of its ports. */
export const askPart = (asked: AskedPart): string => JSON.stringify(asked)

/** The wish in a payload that was parsed; undefined when it is none. */
export const readAsked = (payload: unknown): AskedPart | undefined => {
  const { digest, from } = fieldsOf(payload)
  if (typeof digest !== 'string' || !isIndex(from)) return undefined
  return { digest, from }
}

/**
 * The answer to a wish; undefined when `ports` are others than those asked for: who asked sees the
 * newer tags soon, and asks again.
 */
export const answerPart = ({ digest, from }: AskedPart, ports: Ports): string | undefined => {
  const all = tellablePorts(ports)
  if (digestPorts(all) !== digest) return undefined
  const code = encodeRanges(all)
  const next = from + PART
  const part: PortPart = { code: code.slice(from, next), ...(next < code.length ? { next } : {}) }
  return JSON.stringify(part)
}

/** An answer, which may be from anybody; undefined unless it leads on from `from`. */
export const readPart = (answer: Uint8Array, from: number): PortPart | undefined => {
  if (answer.length > ANSWER_MAX) return undefined
  const { code, next } = fieldsOf(parse(Buffer.from(answer).toString()))
  if (typeof code !== 'string') return undefined
  if (next === undefined) return { code }
  if (!isIndex(next) || code.length < LEAST_PART || next !== from + code.length) return undefined
  return { code, next }
}

const isIndex = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= ALL_PORTS_MAX

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Not ours, then.
  }
}
