import type { Catalog } from '../catalog/catalog.ts'
import type { Settings } from '../config/types.ts'
import { servePipe } from '../events/pipe.ts'
import type { Logger } from '../lib/log.ts'
import { untilAborted } from '../lib/wait.ts'
import { dns } from '../surfaces/dns/dns.ts'
import { files } from '../surfaces/files/files.ts'
import { hosts } from '../surfaces/hosts/hosts.ts'
import type { Boot } from './boot.ts'
import type { ChildControl } from './child-control.ts'
import { watchDeaths } from './engine-deaths.ts'
import { firstSight } from './first-sight.ts'
import { serveNodeHttp } from './http-api.ts'
import { logChanges } from './log-changes.ts'
import type { Membership } from './membership.ts'
import type { NodeDns } from './node-dns.ts'
import type { NodeEventsTeller } from './node-events.ts'
import { announceUp, writeMe } from './node-files.ts'
import type { NodeHandlers } from './node-handlers.ts'
import type { OwnEngine } from './own-node.ts'
import { DNS_DIR, HOSTS_FILE, SHARED_DIR } from './paths.ts'
import type { StatusFile } from './status.ts'

export type NodePartsOptions = {
  settings: Settings
  boot: Boot
  isAgentRestart: boolean
  engine: OwnEngine | undefined
  childControl: ChildControl
  catalog: Catalog
  membership: Membership
  events: NodeEventsTeller
  handlers: NodeHandlers
  dns: NodeDns
  status: StatusFile
  /** Serf answers for the first time. */
  up: Promise<void>
  log: Logger
  signal: AbortSignal
}

/** What a node does all the time, by name; each returns on abort and may be run again. */
export const nodeParts = (options: NodePartsOptions): Record<string, () => Promise<void>> => {
  const { settings, boot, engine, catalog, membership, events, status, log, signal } = options
  const aliases = settings.children.flatMap(({ links }) => links.map(({ alias }) => alias))
  const sight = firstSight({ catalog, isAgentRestart: options.isAgentRestart, signal })
  return {
    serf: membership.parts.serf,
    join: membership.parts.join,
    peers: membership.parts.peers,
    ...(engine && {
      deaths: () => watchDeaths({ docker: engine.docker, onDeath: catalog.bury, log, signal }),
    }),
    ports: membership.parts.ports,
    announcement: async () => {
      await writeMe(boot)
      await options.up
      await announceUp()
      await untilAborted(signal)
    },
    pipe: () =>
      servePipe({
        path: `${SHARED_DIR}/parent`,
        raise: (name, payload) => events.raise(name, Buffer.from(payload), { origin: 'pipe' }),
        log,
        signal,
      }),
    handlers: options.handlers.run,
    'member events': events.parts.members,
    'supervisor events': events.parts.supervisor,
    hosts: async () => {
      await sight.names
      await hosts.run({ catalog, signal, log, path: HOSTS_FILE, aliases })
    },
    ...(options.dns.isWanted && {
      'dns names': async () => {
        await Promise.all([sight.names, options.dns.opened])
        await dns.run({ catalog, signal, log, folder: DNS_DIR })
      },
      'dns watch': options.dns.parts.watch,
      'dns zone': options.dns.parts.zone,
    }),
    api: () =>
      serveNodeHttp({
        settings,
        childControl: options.childControl,
        catalog,
        events,
        status,
        handlers: options.handlers.report,
        log,
        signal,
      }),
    log: () => logChanges(catalog, { log, signal }),
    beat: () => status.beat(signal),
    files: async () => {
      await sight.ports
      await files.run({ catalog, signal, log })
    },
  }
}
