import { HandlerError } from './errors.ts'

/*
 * Between the agent and a module's process: one JSON object a line, in both directions of one
 * pipe. Bytes are base64. Everything that a module sends is checked here.
 */

/** An event as a module gets it. */
export type WireEvent = {
  id: string
  time: string
  type: string
  name?: string
  ltime?: number
  payload?: string
  members?: readonly object[]
}

export type ToModule =
  | { type: 'hello'; self: { id: string; name: string; role: string } }
  | { type: 'event'; seq: number; event: WireEvent }
  | { type: 'abort'; seq: number }
  | { type: 'ping' }
  | { type: 'item'; id: number; value: unknown }
  | { type: 'result'; id: number; value?: unknown; error?: string }

export type FromModule =
  | { type: 'ready'; keys: readonly string[] }
  | { type: 'broken'; message: string }
  | { type: 'pong' }
  | { type: 'done'; seq: number; answer?: string; error?: string }
  | { type: 'call'; id: number; method: string; args: readonly unknown[] }
  | { type: 'cancel'; id: number }

const KEYS_LIMIT = 1_000

/** What a line from a module says. Throws HandlerError `wire`. */
export const readFromModule = (line: string): FromModule => {
  const found = parse(line)
  const { type, keys, message, seq, answer, error, id, method, args } = found
  if (type === 'pong') return { type }
  if (type === 'ready' && isTexts(keys) && keys.length <= KEYS_LIMIT) return { type, keys }
  if (type === 'broken' && typeof message === 'string') return { type, message }
  if (type === 'done' && isCount(seq) && isTextOrNone(answer) && isTextOrNone(error)) {
    return {
      type,
      seq,
      ...(answer !== undefined && { answer }),
      ...(error !== undefined && { error }),
    }
  }
  if (type === 'call' && isCount(id) && typeof method === 'string' && Array.isArray(args)) {
    return { type, id, method, args }
  }
  if (type === 'cancel' && isCount(id)) return { type, id }
  throw new HandlerError('wire', `the module sent ${JSON.stringify(line.slice(0, 80))}`)
}

const parse = (line: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below, with what came.
  }
  throw new HandlerError('wire', `the module sent ${JSON.stringify(line.slice(0, 80))}`)
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value)
const isTextOrNone = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one.length <= 80)

const NEWLINE = 0x0a

/** Cuts bytes into lines; false when one is longer than `limit` bytes, and then no more are read. */
export const lineCutter = (limit: number, onLine: (line: string) => void) => {
  let parts: Buffer[] = []
  let length = 0
  return (chunk: Buffer): boolean => {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, at)
      if (length + part.length > limit) return false
      onLine(parts.length > 0 ? Buffer.concat([...parts, part]).toString() : part.toString())
      parts = []
      length = 0
      from = at + 1
    }
    const rest = chunk.subarray(from)
    if (rest.length > 0) parts.push(rest)
    length += rest.length
    return length <= limit
  }
}
