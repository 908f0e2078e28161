import type {
  HandlerAskRecord,
  HandlerCatalog,
  HandlerChild,
  HandlerNode,
} from '../../client/handler-types.ts'
import type { FromModule, ToModule } from '../wire.ts'

type Reply = Extract<ToModule, { type: 'item' | 'result' }>
type Call = { onItem: (value: unknown) => void; onEnd: (error?: Error, value?: unknown) => void }

/** No event and no query carries as much. */
const PAYLOAD_LIMIT = 64 * 1024

/** The `node` of the user's code: its calls go over the pipe, `take` gets what comes back. */
export const createNode = (send: (message: FromModule) => void) => {
  const calls = new Map<number, Call>()
  let last = 0
  let catalog: HandlerCatalog | undefined
  let asking: Promise<HandlerCatalog> | undefined
  let self = { id: '', name: '', role: '' }

  const begin = (method: string, args: readonly unknown[], call: Call): number => {
    const id = ++last
    calls.set(id, call)
    send({ type: 'call', id, method, args })
    return id
  }
  const ask = <T>(method: string, ...args: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      begin(method, args, {
        onItem: () => {},
        onEnd: (error, value) => (error ? reject(error) : resolve(value as T)),
      })
    })

  const newest = async (): Promise<HandlerCatalog> => {
    // What has not changed is not sent again.
    catalog = (await ask<HandlerCatalog | undefined>('catalog', catalog?.version)) ?? catalog
    if (!catalog) throw new Error('the node sent no catalog')
    return catalog
  }

  const node: HandlerNode = {
    get self() {
      return self
    },
    catalog: () => {
      // One answer for all that ask meanwhile: of a large cluster it has hundreds of KB.
      asking ??= newest().finally(() => {
        asking = undefined
      })
      return asking
    },
    raise: async (name, payload) => ask<void>('raise', name, encoded(payload)),
    children: () => ask<readonly HandlerChild[]>('children'),
    restartChild: (name) => ask<void>('restartChild', name),
    ask: async function* (name, payload, options) {
      const records = queueOf<HandlerAskRecord>()
      const id = begin('ask', [name, encoded(payload), options], {
        onItem: (value) => records.push(decoded(value as WireRecord)),
        onEnd: (error) => records.end(error),
      })
      try {
        yield* records.read()
      } finally {
        if (calls.has(id)) send({ type: 'cancel', id })
      }
    },
  }

  const reply = (message: Reply): void => {
    const call = calls.get(message.id)
    if (!call) return
    if (message.type === 'item') {
      call.onItem(message.value)
      return
    }
    calls.delete(message.id)
    call.onEnd(message.error === undefined ? undefined : new Error(message.error), message.value)
  }
  return {
    node,
    take: {
      reply,
      self: (now: typeof self): void => {
        self = now
      },
    },
  }
}

type WireRecord = { type: string; payload?: string }

const decoded = (record: WireRecord): HandlerAskRecord => {
  if (record.type !== 'answer') return record as unknown as HandlerAskRecord
  const payload = new Uint8Array(Buffer.from(record.payload ?? '', 'base64'))
  const text = new TextDecoder().decode(payload)
  return { ...record, payload, text } as unknown as HandlerAskRecord
}

const encoded = (payload: string | Uint8Array = ''): string => {
  const bytes = Buffer.from(payload as string)
  if (bytes.length > PAYLOAD_LIMIT) {
    throw new RangeError(`the payload has ${bytes.length} bytes, more than any event can carry`)
  }
  return bytes.toString('base64')
}

/** What came before anybody read it. */
const queueOf = <T>() => {
  const waiting: T[] = []
  let over: { error: Error | undefined } | undefined
  let wake = (): void => {}
  return {
    push: (one: T): void => {
      waiting.push(one)
      wake()
    },
    end: (error?: Error): void => {
      over = { error }
      wake()
    },
    read: async function* (): AsyncGenerator<T> {
      for (;;) {
        yield* waiting.splice(0)
        if (waiting.length > 0) continue
        if (over?.error) throw over.error
        if (over) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}
