import { addressText } from './address.ts'
import { SerfError } from './errors.ts'
import {
  asFields,
  asText,
  bytesField,
  countField,
  listField,
  mapField,
  textField,
} from './fields.ts'

export type SerfMemberStatus = 'none' | 'alive' | 'leaving' | 'left' | 'failed'

/** A member as Serf lists it. Every text here was chosen by that member: check before use. */
export type SerfMember = {
  name: string
  /** IPv4 or IPv6 as text; empty when the member sent something that is no address. */
  addr: string
  port: number
  /** Without a prototype; bytes that are no UTF-8 show as U+FFFD. */
  tags: Record<string, string>
  status: SerfMemberStatus
  /** Versions of memberlist's protocol. */
  protocolMin: number
  protocolMax: number
  protocolCur: number
  /** Versions of Serf's protocol. */
  delegateMin: number
  delegateMax: number
  delegateCur: number
}

// {Name, Addr: net.IP, Port, Tags: {str: str}, Status, ProtocolMin, ProtocolMax, ProtocolCur,
//  DelegateMin, DelegateMax, DelegateCur}
export const readMember = (value: unknown, what: string): SerfMember => {
  const fields = asFields(value, what)
  return {
    name: textField(fields, 'Name'),
    addr: addressText(bytesField(fields, 'Addr')),
    port: countField(fields, 'Port', 0xffff),
    tags: mapField(fields, 'Tags', asText),
    status: readStatus(textField(fields, 'Status')),
    protocolMin: countField(fields, 'ProtocolMin', 0xff),
    protocolMax: countField(fields, 'ProtocolMax', 0xff),
    protocolCur: countField(fields, 'ProtocolCur', 0xff),
    delegateMin: countField(fields, 'DelegateMin', 0xff),
    delegateMax: countField(fields, 'DelegateMax', 0xff),
    delegateCur: countField(fields, 'DelegateCur', 0xff),
  }
}

// {Members: [member]}
export const readMembers = (body: unknown): SerfMember[] =>
  listField(asFields(body, 'body'), 'Members', readMember)

const statuses: readonly string[] = ['none', 'alive', 'leaving', 'left', 'failed']

const readStatus = (text: string): SerfMemberStatus => {
  if (statuses.includes(text)) return text as SerfMemberStatus
  throw new SerfError('malformed', `Status: expected one of ${statuses.join(', ')}, found another`)
}
