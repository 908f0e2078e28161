import type { NodeInfo } from '../catalog/node-info.ts'
import type { OwnFacts } from '../catalog/tags.ts'
import type { Settings } from '../config/types.ts'
import type { OwnAnswer } from '../events/answers.ts'
import type { Boot } from './boot.ts'

/** What this node tells of itself: its service is told only while its children are up. */
export const createOwnFacts = (
  settings: Pick<Settings, 'service_ip' | 'service_port'>,
  boot: Boot,
) => {
  let up = false
  let ports: NodeInfo['ports'] = {}
  const fixed = {
    name: boot.name,
    role: boot.role,
    serf_ip: boot.serf_ip,
    serf_port: String(boot.serf_port),
    service_port: String(settings.service_port),
    timestamp: boot.timestamp,
  }
  const service_ip = settings.service_ip ?? boot.serf_ip
  const facts = (): OwnFacts => ({ ...fixed, ports, ...(up ? { service_ip } : {}) })
  return {
    facts,
    become: (change: { up: boolean; ports: NodeInfo['ports'] }): OwnFacts => {
      up = change.up
      ports = change.ports
      return facts()
    },
    /** For the queries `where` and `ports`: all ports, also those without room in the tags. */
    answer: (): OwnAnswer => ({
      ...fixed,
      id: boot.id,
      service_ip,
      ports,
      rpc_port: boot.rpc_port,
    }),
  }
}

export type OwnFactsTeller = ReturnType<typeof createOwnFacts>
