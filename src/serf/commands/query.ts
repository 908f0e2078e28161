import { type Payload, type StreamCommand, wireCount, wirePayload } from '../command.ts'
import { SerfError } from '../errors.ts'
import { asFields, bytesField, textField } from '../fields.ts'

export type QueryRequest = {
  name: string
  payload?: Payload
  /** Exact names; none means all. */
  filterNodes?: readonly string[]
  /** Go regular expressions by tag, found anywhere in the value unless anchored. */
  filterTags?: Record<string, string>
  /** How long answers are taken; without it Serf decides by the size of the cluster. */
  timeoutMs?: number
  /** Members that pass each answer on a second time, 0 to 255. */
  relayFactor?: number
  /** Ask each member to say that the query arrived. */
  requestAck?: boolean
}

/** `ack` and `done` have no payload, `done` has no `from`. */
export type QueryRecord = {
  type: 'ack' | 'response' | 'done'
  from: string
  payload: Uint8Array
}

// > {FilterNodes: [str], FilterTags: {str: str}, RequestAck: bool, RelayFactor: uint8,
//    Timeout: int64 nanoseconds, Name: str, Payload: bin}
// < records {Type: ack | response | done, From: str, Payload: bin}, `done` at the deadline
export const query: StreamCommand<QueryRequest, QueryRecord> = {
  name: 'query',
  request: ({ name, payload, ...rest }) => ({
    FilterNodes: rest.filterNodes ?? [],
    FilterTags: rest.filterTags ?? {},
    RequestAck: rest.requestAck ?? false,
    RelayFactor: wireCount('query: relayFactor', rest.relayFactor ?? 0, 0xff),
    Timeout: wireCount('query: timeoutMs', Math.round(rest.timeoutMs ?? 0), 3_600_000) * 1e6,
    Name: name,
    Payload: wirePayload(payload),
  }),
  record: (body) => {
    const fields = asFields(body, 'record')
    const type = readType(textField(fields, 'Type'))
    const from = textField(fields, 'From')
    // At the deadline Serf may send any number of records from nobody before `done`
    // (hashicorp/serf#408: it reads a channel that is closed already).
    if (from === '' && type !== 'done') return undefined
    return { type, from, payload: bytesField(fields, 'Payload') }
  },
  isLast: ({ type }) => type === 'done',
}

const readType = (text: string): QueryRecord['type'] => {
  if (text === 'ack' || text === 'response' || text === 'done') return text
  throw new SerfError('malformed', 'Type: expected ack, response or done, found another')
}
