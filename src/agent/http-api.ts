import { randomBytes } from 'node:crypto'
import type { Catalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import type { LogLine } from '../docker/log-lines.ts'
import type { EventHistory } from '../events/types.ts'
import type { HandlerReport } from '../handlers/types.ts'
import type { Logger } from '../lib/log.ts'
import type { NodeApi, ShownLine } from '../surfaces/http/node-api.ts'
import { type Listen, serveHttp } from '../surfaces/http/serve-http.ts'
import type { ChildControl } from './child-control.ts'
import type { CountedEvents } from './event-counts.ts'
import { CONTROL_SOCKET } from './paths.ts'
import type { StatusFile } from './status.ts'

/** At a published port one caller must not take everybody's place. */
const PUBLISHED_LIMITS = { perSource: 64 }

export type NodeHttpOptions = {
  settings: Settings
  childControl: ChildControl
  catalog: Catalog
  events: CountedEvents & { history: EventHistory }
  status: StatusFile
  handlers(): readonly HandlerReport[]
  log: Logger
  signal: AbortSignal
}

/** The node's HTTP API, wherever the settings want it; runs until the signal aborts. */
export const serveNodeHttp = (options: NodeHttpOptions): Promise<void> => {
  const { settings, status, log, signal } = options
  return serveHttp({
    api: nodeApi(options),
    listen: places(settings.api),
    onProblem: (name, problem) => {
      if (problem !== undefined) log.warn({}, problem)
      status.about(`api ${name}`, problem)
    },
    log,
    signal,
  })
}

const places = ({ right, port, publish, hosts }: Settings['api']): Listen[] => [
  { name: 'control socket', place: { path: CONTROL_SOCKET }, right: 'control' },
  ...(right && port !== undefined
    ? [
        {
          name: 'loopback',
          place: { host: '127.0.0.1', port },
          setting: 'SERFNODE_API_PORT',
          right,
          hosts,
        },
      ]
    : []),
  ...(right && publish
    ? [
        {
          name: 'published port',
          place: { host: publish.host, port: publish.port },
          setting: 'SERFNODE_API_PUBLISH',
          right,
          hosts,
          token: publish.token,
          limits: PUBLISHED_LIMITS,
        },
      ]
    : []),
]

const nodeApi = (options: NodeHttpOptions): NodeApi => {
  const { childControl, catalog, events, status, handlers } = options
  return {
    life: randomBytes(4).toString('hex'),
    catalog,
    node: { status: status.current, changes: status.changes },
    children: {
      ...childControl,
      logs: async (child, how) => shownLines(await childControl.logs(child, how)),
    },
    events,
    handlers,
  }
}

async function* shownLines(lines: AsyncIterable<LogLine>): AsyncGenerator<ShownLine> {
  for await (const { time, stream, text } of lines) yield { time, stream, line: text }
}
