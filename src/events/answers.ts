import type { NodeInfo } from '../catalog/catalog.ts'

/** What this node answers to the queries of 2015 that every node knows. */
export type OwnAnswer = NodeInfo & { rpc_port: number }

/** Serf carries 1024 bytes in an answer, its own words included. */
const ANSWER_LIMIT = 900

/**
 * The answer to `where` and `ports` with payload `{"role": r}` (empty: every role), undefined when
 * the query is not for this node. `where` keeps 2015's `ip advertise rpc bind`, `ports` its `ip`
 * and `ports`; both have all fields of the node's info besides, as far as they fit.
 */
export const answerQuery = (name: string, payload: string, own: OwnAnswer): string | undefined => {
  if (name !== 'where' && name !== 'ports') return undefined
  if (!isAsked(payload, own.role)) return undefined
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
  if (Buffer.byteLength(full) <= ANSWER_LIMIT) return full
  const { ports, ...small } = info
  return JSON.stringify(name === 'ports' ? { ...needed, id: info.id } : { ...small, ...needed })
}

const isAsked = (payload: string, role: string): boolean => {
  if (payload.trim() === '') return true
  try {
    const asked = JSON.parse(payload)
    return typeof asked === 'object' && asked !== null && asked.role === role
  } catch {
    return false
  }
}
