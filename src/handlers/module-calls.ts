import type { Snapshot } from '../catalog/snapshot.ts'
import type { HandlerChild } from '../client/handler-types.ts'
import type { Ask, AskFilter, AskRequest, Raise } from '../events/types.ts'
import { describeError } from '../lib/errors.ts'
import { HandlerError } from './errors.ts'
import type { ToModule } from './wire.ts'

/** What modules may do and read, handed in by the agent. */
export type ModuleClient = {
  raise: Raise
  ask: Ask
  snapshot(): Snapshot
  children(): readonly HandlerChild[]
  restartChild(name: string): Promise<void>
}

const CALLS_AT_ONCE = 64

export type CallsOptions = {
  client: ModuleClient
  /** The origin of what it raises. */
  origin: string
  send: (message: ToModule) => void
}

/** Does what one module asks for; `end` gives up what is under way. */
export const createCalls = ({ client, origin, send }: CallsOptions) => {
  const running = new Map<number, AbortController>()

  const perform = async (
    id: number,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> => {
    const [first, second, third] = args
    if (method === 'catalog') return newerThan(first, client.snapshot())
    if (method === 'children') return client.children()
    if (method === 'raise') return client.raise(text(first), bytes(second), { origin })
    if (method === 'restartChild') return client.restartChild(text(first))
    if (method !== 'ask') throw new HandlerError('wire', `no such call: ${method.slice(0, 40)}`)
    const request = { name: text(first), payload: bytes(second), ...askOptions(third) }
    const signal = running.get(id)?.signal ?? AbortSignal.abort()
    for await (const record of client.ask(request, signal)) {
      send({ type: 'item', id, value: onWire(record) })
    }
    return undefined
  }

  return {
    call: async (id: number, method: string, args: readonly unknown[]): Promise<void> => {
      if (running.size >= CALLS_AT_ONCE || running.has(id)) {
        send({ type: 'result', id, error: `more than ${CALLS_AT_ONCE} calls at once` })
        return
      }
      running.set(id, new AbortController())
      try {
        const value = await perform(id, method, args)
        send({ type: 'result', id, ...(value !== undefined && { value }) })
      } catch (error) {
        send({ type: 'result', id, error: describeError(error) })
      } finally {
        running.delete(id)
      }
    },
    cancel: (id: number): void => running.get(id)?.abort(),
    end: (): void => {
      for (const one of running.values()) one.abort()
    },
  }
}

/** Nothing when the module has it already. */
const newerThan = (version: unknown, snapshot: Snapshot): Snapshot | undefined =>
  version === snapshot.version ? undefined : snapshot

const onWire = <T extends object>(record: T): object =>
  'payload' in record && record.payload instanceof Uint8Array
    ? { ...record, payload: Buffer.from(record.payload).toString('base64') }
    : record

const wrong = (what: string): HandlerError => new HandlerError('wire', `expected ${what}`)

const text = (value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value
  throw wrong('a name')
}

const bytes = (value: unknown): Uint8Array => {
  if (value === undefined || value === null) return new Uint8Array()
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  throw wrong('a payload')
}

/** Empty filters are refused: some Serfs do not survive one. */
const askOptions = (value: unknown): Pick<AskRequest, 'filter' | 'timeoutMs'> => {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object') throw wrong('options')
  const { nodes, role, tags, timeoutMs } = value as Record<string, unknown>
  const filter: AskFilter = {
    ...(nodes !== undefined && { nodes: names(nodes) }),
    ...(role !== undefined && { role: text(role) }),
    ...(tags !== undefined && { tags: tagFilter(tags) }),
  }
  if (timeoutMs !== undefined && !(Number(timeoutMs) > 0)) throw wrong('timeoutMs above 0')
  return {
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(timeoutMs !== undefined && { timeoutMs: Number(timeoutMs) }),
  }
}

const names = (value: unknown): string[] => {
  if (!Array.isArray(value) || value.length === 0) throw wrong('nodes, at least one')
  return value.map(text)
}

const tagFilter = (value: unknown): Record<string, string> => {
  if (typeof value !== 'object' || value === null) throw wrong('tags')
  const pairs = Object.entries(value)
  if (pairs.length === 0) throw wrong('tags, at least one')
  return Object.fromEntries(pairs.map(([name, wanted]) => [text(name), text(wanted)]))
}
