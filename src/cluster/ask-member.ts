import type { QueryRecord, QueryRequest } from '../serf/client.ts'

/** What asking needs of Serf. */
export type AskedSerf = {
  query(request: QueryRequest, signal?: AbortSignal): AsyncIterable<QueryRecord>
}

/**
 * Asks one member and takes its first answer; undefined when it says that it has none, when nothing
 * comes within Serf's own time for queries, which grows with the cluster, or when the signal aborts.
 */
export const askMember = async (
  serf: AskedSerf,
  { id, name, payload }: { id: string; name: string; payload: string },
  signal: AbortSignal,
): Promise<Uint8Array | undefined> => {
  const request = { name, payload: Buffer.from(payload), filterNodes: [id] }
  for await (const record of serf.query(request, signal)) {
    if (record.type !== 'response' || record.from !== id) continue
    return record.payload.length > 0 ? record.payload : undefined
  }
  return undefined
}
