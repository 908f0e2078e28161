import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createCatalog } from '../../../src/catalog/catalog.ts'
import { createFeed } from '../../../src/catalog/feed.ts'
import type { AskRecord, AskRequest, EventRecord } from '../../../src/events/types.ts'
import type {
  NodeApi,
  ShownChild,
  ShownLine,
  ShownNode,
} from '../../../src/surfaces/http/node-api.ts'
import { type Listen, serveHttp } from '../../../src/surfaces/http/serve-http.ts'
import { listed } from '../../catalog/random.ts'
import { eventually } from '../../support/eventually.ts'
import { keptLog } from '../../support/kept-log.ts'

export const child = (name: string, change: Partial<ShownChild> = {}): ShownChild => ({
  name,
  container: `${name}_app_node`,
  image: 'app:1',
  state: 'running',
  since: '2026-01-01T00:00:00.000Z',
  restarts: 0,
  warnings: [],
  ...change,
})

const NODE: ShownNode = {
  id: 'web-1.0000a1',
  name: 'web-1',
  role: 'web',
  cluster: 'test',
  version: '1.0.0',
  phase: 'up',
  ports: { '80/tcp': ['80'] },
  serf_ip: '172.17.0.2',
  serf_port: '7946',
  service_ip: '172.17.0.2',
  service_port: '0',
  timestamp: '1700000000.000',
  warnings: [],
  children: [child('web'), child('db', { last_reason: 'exit 1', restarts: 2 })],
}

export type Asked = AskRequest & { signal: AbortSignal }

/** A node of plain objects, with what was done to it. */
export const smallNode = (life = 'life1') => {
  const catalog = createCatalog({ self: NODE.id })
  catalog.apply([listed(1), listed(2, { tags: { role: 'my role' } })])
  const news = createFeed<'news'>({ limit: 1, instead: 'news' })
  const changed = createFeed<'news'>({ limit: 1, instead: 'news' })
  let status = NODE
  let records: EventRecord[] = []
  const done: string[] = []
  const asked: Asked[] = []
  const raised: { name: string; payload: string }[] = []
  const behave = {
    raise: (): Error | undefined => undefined,
    control: (): Error | undefined => undefined,
    answers: async function* (_request: Asked): AsyncGenerator<AskRecord> {
      yield { type: 'end', answered: 0, none: 2, silent: [] }
    },
    lines: async function* (_follow: boolean, _signal: AbortSignal): AsyncGenerator<ShownLine> {
      yield { time: '2026-01-01T00:00:00.1Z', stream: 'stdout', line: 'hello' }
    },
  }
  const control = (verb: string) => async (name: string) => {
    const failure = behave.control()
    if (failure) throw failure
    done.push(`${verb} ${name}`)
  }
  const api: NodeApi & { life: string } = {
    life,
    catalog,
    node: { status: () => status, changes: (signal) => changed.read(signal) },
    children: {
      logs: async (_name, { follow, signal }) => {
        const failure = behave.control()
        if (failure) throw failure
        return behave.lines(follow, signal)
      },
      restart: control('restart'),
      stop: control('stop'),
      start: control('start'),
    },
    events: {
      raise: async (name, payload) => {
        const failure = behave.raise()
        if (failure) throw failure
        raised.push({ name, payload: Buffer.from(payload).toString() })
      },
      ask: (request, signal) => {
        asked.push({ ...request, signal })
        return behave.answers({ ...request, signal })
      },
      history: {
        get last() {
          return records.at(-1)?.index ?? 0
        },
        since: (index, limit = 1_000) =>
          records.filter((record) => record.index > index).slice(0, limit),
        changes: (signal) => news.read(signal),
      },
      counts: () => ({ raised: raised.length, refused: 0, queries: asked.length }),
    },
    handlers: () => [
      {
        name: 'all.sh',
        kind: 'executable',
        file: '/handlers/all.sh',
        events: ['*'],
        state: 'idle',
        runs: 3,
        failures: 1,
        timeouts: 0,
        dropped: 0,
        refused: 0,
        queue: 0,
        running: 0,
        breaker: 'closed',
        p50_ms: 12,
        p95_ms: 20,
      },
    ],
  }
  return {
    api,
    catalog,
    done,
    asked,
    raised,
    behave,
    become: (change: Partial<ShownNode>) => {
      status = { ...status, ...change }
      changed.publish(['news'])
    },
    heard: (change: Partial<EventRecord> = {}) => {
      const index = (records.at(-1)?.index ?? 0) + 1
      const time = '2026-01-01T00:00:00.000Z'
      const record = { index, id: `${index}-00000000`, time, type: 'user' as const, handled: [] }
      records.push({ ...record, name: 'deploy', ltime: index, payload: 'x', ...change })
      news.publish(['news'])
    },
    /** The oldest events are gone. */
    forget: (count: number) => {
      records = records.slice(count)
    },
  }
}

export type SmallNode = ReturnType<typeof smallNode>

/** Serves a small node on a socket of its own, or at `path`, and at a port when told to. */
export const serving = async (
  node: SmallNode,
  more: readonly Omit<Listen, 'name'>[] = [],
  rights: Partial<Listen> = {},
  path?: string,
) => {
  const folder = mkdtempSync(join(tmpdir(), 'sntest-http-'))
  const socketPath = path ?? join(folder, 'control.sock')
  mkdirSync(dirname(socketPath), { recursive: true })
  const stop = new AbortController()
  const problems = new Map<string, string | undefined>()
  const told: string[] = []
  const listen: Listen[] = [
    { name: 'socket', place: { path: socketPath }, right: 'control', ...rights },
    ...more.map((each, at) => ({ name: `port ${at}`, ...each })),
  ]
  const log = keptLog()
  const running = serveHttp({
    api: node.api,
    listen,
    onProblem: (name, problem) => {
      problems.set(name, problem)
      told.push(name)
    },
    log,
    signal: stop.signal,
  })
  running.catch(() => {
    // The test looks at it, or at what it no longer does.
  })
  await eventually(
    () => {
      if (problems.size < listen.length) throw new Error(`only ${[...problems.keys()]} listens`)
    },
    { every: 5 },
  )
  return {
    socketPath,
    problems,
    told,
    log,
    running,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running.catch(() => {})
      for (const each of [folder, dirname(socketPath)])
        rmSync(each, { recursive: true, force: true })
    },
  }
}
