import { isNodeAddress } from './address.ts'
import { isReservedName } from './host-name.ts'
import { decodeMorePorts } from './more-ports.ts'
import { decodePorts, isPort } from './ports.ts'

/** 2100-01-01 in unix seconds: no node starts later, and no clock is asked. */
const LATEST = 4_102_444_800

/** A node's name, by which people call it: as a host name, and `_`; dots between parts. */
export const isName = (text: string): boolean =>
  text.length <= 63 && isWord(text) && !isReservedName(text)

/** A member name: the same letters, longer. Serf itself checks nothing. */
export const isMemberName = (text: string): boolean => text.length <= 128 && isWord(text)

const isWord = (text: string): boolean =>
  /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(text) && !text.includes('..')

/**
 * A role: printable ASCII, spaces inside allowed. Not what could be taken for a path, for the
 * machine itself, for a letter of another script, or for a part of JavaScript's objects.
 */
export const isRole = (text: string): boolean =>
  /^[!-~](?:[ -~]{0,126}[!-~])?$/.test(text) &&
  !/[/\\]|^\.{1,2}$/.test(text) &&
  text !== '__proto__' &&
  !isReservedName(text)

const isTimestamp = (text: string): boolean =>
  /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && Number(text) > 0 && Number(text) < LATEST

/**
 * Every field that another member sends, in the names of NodeInfo and Serf, with its check. A
 * field is also the reason why a member is refused.
 */
export const FIELDS = {
  id: isMemberName,
  name: isName,
  role: isRole,
  addr: isNodeAddress,
  port: isPort,
  serf_ip: isNodeAddress,
  serf_port: isPort,
  service_ip: isNodeAddress,
  // 2015's default is 0: no single port stands for the service.
  service_port: (text: string) => text === '0' || isPort(text),
  ports: (text: string) => text.length <= 512 && decodePorts(text) !== undefined,
  more_ports: (text: string) => decodeMorePorts(text) !== undefined,
  timestamp: isTimestamp,
}

export type Field = keyof typeof FIELDS

/** The first field that may not enter; undefined when all may. Absent fields are not asked. */
export const badField = (fields: { [F in Field]?: unknown }): Field | undefined => {
  for (const field of Object.keys(FIELDS) as Field[]) {
    const value = fields[field]
    if (value === undefined) continue
    if (typeof value !== 'string' || !FIELDS[field](value)) return field
  }
  return undefined
}
