import type { EventRecord, Happening, NodeEvent } from './types.ts'

/** A whole cluster may join at once. */
const MEMBERS_SHOWN = 100

/** The text in the bytes; undefined when they are no text. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Other bytes are shown as base64.
    return undefined
  }
}

/** A payload in JSON: as text where it is text. */
export const payloadFields = (
  bytes: Uint8Array,
): { payload: string } | { payload_base64: string } => {
  const payload = textOf(bytes)
  return payload === undefined
    ? { payload_base64: Buffer.from(bytes).toString('base64') }
    : { payload }
}

/** An event as the history shows it. */
export const recordOf = (
  event: NodeEvent,
  by: { origin?: string; via?: string } = {},
): EventRecord => {
  const { index, id, time, type } = event
  return { index, id, time, type, ...details(event), ...by, handled: [] }
}

const details = (event: Happening): Partial<EventRecord> => {
  if ('members' in event) {
    const more_members = event.members.length - MEMBERS_SHOWN
    const members = event.members
      .slice(0, MEMBERS_SHOWN)
      .map(({ id, name, role, addr, status }) => ({ id, name, role, addr, status }))
    return { members, ...(more_members > 0 && { more_members }) }
  }
  if (!('payload' in event)) return {}
  const { name, ltime, payload } = event
  return { name, ltime, ...payloadFields(payload) }
}
