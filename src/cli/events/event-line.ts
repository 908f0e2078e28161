import type { EventRecord, Handled } from '../../events/types.ts'
import { printable } from '../printable.ts'
import type { Screen } from '../screen.ts'

const PAYLOAD_SHOWN = 200
const NAMES_SHOWN = 8

/** One event of the history on one line. */
export const showEvent = (record: EventRecord, { paint }: Pick<Screen, 'paint'>): string =>
  [
    `#${record.index}`,
    paint('dim', record.time.slice(0, 19).replace('T', ' ')),
    paint('cyan', record.type),
    ...details(record),
    ...record.handled.map((by) => showHandled(by, { paint })),
  ].join('  ')

/** How one handler fared. */
export const showHandled = (
  { handler, outcome, ms, error }: Handled,
  { paint }: Pick<Screen, 'paint'>,
): string => {
  const text = `${printable(handler)}: ${outcome} in ${Math.round(ms)} ms`
  const why = error === undefined ? '' : ` (${printable(error)})`
  return paint(outcome === 'ok' ? 'green' : 'red', `${text}${why}`)
}

const details = (record: EventRecord): string[] => {
  const { name, payload, payload_base64, members = [], more_members = 0 } = record
  if (name === undefined) {
    const shown = members.slice(0, NAMES_SHOWN).map((one) => printable(one.name))
    const more = members.length - shown.length + more_members
    const names = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
    return names === '' ? [] : [names]
  }
  const text = payload ?? `base64 ${payload_base64 ?? ''}`
  const cut = text.length > PAYLOAD_SHOWN ? `${text.slice(0, PAYLOAD_SHOWN)}...` : text
  const by = record.origin === undefined ? [] : [`by ${printable(record.origin)}`]
  const via = record.via === undefined ? [] : [`via ${printable(record.via)}`]
  return [
    printable(name),
    ...(cut === '' ? [] : [printable(cut)]),
    [...by, ...via].join(' '),
  ].filter(Boolean)
}
