import type { NodeInfo, Ports } from '../catalog/catalog.ts'
import { answerPart, readAsked } from '../catalog/port-parts.ts'
import { sortedPortKeys } from '../catalog/ports.ts'
import { answerRoom } from './limits.ts'

/** What this node answers to the queries of 2015 that every node knows. */
export type OwnAnswer = NodeInfo & { rpc_port: number }

/** The role that a query of 2015 asks for: nobody else answers it, so nobody else need be asked. */
export const askedRole = (name: string, payload: string): string | undefined => {
  if (!isOfEveryNode(name)) return undefined
  const { role } = parse(payload)
  return typeof role === 'string' && role !== '' ? role : undefined
}

/** Whether every node answers this query by itself. */
export const isOfEveryNode = (name: string): boolean => name === 'where' || name === 'ports'

/** Whether this is a node's question for ports without room in the tags: of no interest to people. */
export const isForParts = (name: string, payload: string): boolean =>
  name === 'ports' && readAsked(parse(payload)) !== undefined

/**
 * The answer to `where` and `ports` with payload `{"role": r}` (empty: every role), undefined when
 * the query is not for this node. `where` keeps 2015's `ip advertise rpc bind`, `ports` its `ip`
 * and `ports`; both have all fields of the node's info besides, as far as they fit. Nodes ask each
 * other for ports without room in the tags, part by part; see `catalog/port-parts`.
 */
export const answerQuery = (name: string, payload: string, own: OwnAnswer): string | undefined => {
  if (!isOfEveryNode(name)) return undefined
  const asked = parse(payload)
  const part = name === 'ports' ? readAsked(asked) : undefined
  if (part) return answerPart(part, own.ports)
  if (asked.role !== own.role && payload.trim() !== '') return undefined
  const { rpc_port, ...info } = own
  const needed =
    name === 'where'
      ? {
          ip: own.serf_ip,
          advertise: `${own.serf_ip}:${own.serf_port}`,
          rpc: `127.0.0.1:${rpc_port}`,
          bind: `0.0.0.0:${own.serf_port}`,
        }
      : { ip: own.service_ip, ports: own.ports }
  const full = JSON.stringify({ ...info, ...needed })
  if (Buffer.byteLength(full) <= answerRoom(own.id)) return full
  const { ports, ...small } = info
  return name === 'ports' ? portsThatFit(own) : JSON.stringify({ ...small, ...needed })
}

/** `more_ports` says how many there are besides, in a plain answer that cannot carry them all. */
const portsThatFit = ({ id, service_ip, ports }: OwnAnswer): string => {
  const keys = sortedPortKeys(ports)
  const fitted: Record<string, Ports[string]> = {}
  const text = (count: number): string => {
    const more_ports = keys.length - count
    return JSON.stringify({ ip: service_ip, ports: fitted, id, ...(more_ports && { more_ports }) })
  }
  let answer = text(0)
  for (const [at, key] of keys.entries()) {
    fitted[key] = ports[key] ?? []
    const next = text(at + 1)
    if (Buffer.byteLength(next) > answerRoom(id)) break
    answer = next
  }
  return answer
}

const parse = (payload: string): { role?: unknown } => {
  try {
    return JSON.parse(payload) ?? {}
  } catch {
    return {}
  }
}
