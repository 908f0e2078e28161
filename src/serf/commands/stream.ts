import type { StreamCommand } from '../command.ts'
import { SerfError } from '../errors.ts'
import {
  asFields,
  bytesField,
  countField,
  type Fields,
  flagField,
  listField,
  numberField,
  textField,
} from '../fields.ts'
import { readMember, type SerfMember } from '../member.ts'

/** `*`, or a list of `member-join`, ..., `user`, `user:NAME`, `query`, `query:NAME`. */
export type StreamRequest = { types: string }

export type SerfMemberEvent = {
  type: 'member-join' | 'member-leave' | 'member-failed' | 'member-update' | 'member-reap'
  members: SerfMember[]
}

/** `ltime` is Serf's logical clock; above 2^53 (a peer may push it there) it is rounded. */
export type SerfUserEvent = {
  type: 'user'
  name: string
  ltime: number
  payload: Uint8Array
  coalesce: boolean
}

/** `id` is for `respond`, on the same connection. */
export type SerfQueryEvent = {
  type: 'query'
  id: number
  name: string
  ltime: number
  payload: Uint8Array
}

export type SerfEvent = SerfMemberEvent | SerfUserEvent | SerfQueryEvent

// > {Type: str}
// < records {Event: member-*, Members: [member]}
//         | {Event: user, LTime: uint64, Name: str, Payload: bin, Coalesce: bool}
//         | {Event: query, ID: uint64, LTime: uint64, Name: str, Payload: bin}
export const stream: StreamCommand<StreamRequest, SerfEvent> = {
  name: 'stream',
  request: ({ types }) => ({ Type: types }),
  record: (body) => {
    const fields = asFields(body, 'record')
    const type = textField(fields, 'Event')
    if (isMemberEvent(type)) return { type, members: listField(fields, 'Members', readMember) }
    if (type === 'user')
      return { type, ...message(fields), coalesce: flagField(fields, 'Coalesce') }
    if (type === 'query') return { type, id: countField(fields, 'ID'), ...message(fields) }
    throw new SerfError('malformed', 'Event: found a type that serf does not have')
  },
}

const message = (fields: Fields) => ({
  name: textField(fields, 'Name'),
  ltime: numberField(fields, 'LTime'),
  payload: bytesField(fields, 'Payload'),
})

const memberEvents: readonly string[] = [
  'member-join',
  'member-leave',
  'member-failed',
  'member-update',
  'member-reap',
]

const isMemberEvent = (type: string): type is SerfMemberEvent['type'] => memberEvents.includes(type)
