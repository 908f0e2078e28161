import type { Ports } from './node-info.ts'

// The code of 2015: `5672t5672|15672t32768,32769`, inside, protocol, outside; `t` tcp, `u` udp.
const ENTRY = /^(\d{1,5})([tu])(\d{1,5}(?:,\d{1,5})*)$/
const KEY = /^(\d{1,5})\/(tcp|udp)$/

/** Whether `text` is a port number in its only spelling: 1 to 65535, no sign, no leading zero. */
export const isPort = (text: string): boolean =>
  /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535

const unique = (ports: readonly string[]): string[] => [...new Set(ports)]

const inOrder = (a: string, b: string): number =>
  Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1)

/** One entry of the code; undefined for what it cannot say (sctp, no outside port, port 0). */
export const encodePort = (key: string, outside: readonly string[]): string | undefined => {
  const [, inside, protocol] = KEY.exec(key) ?? []
  if (!inside || !isPort(inside) || outside.length === 0 || !outside.every(isPort)) return undefined
  return `${inside}${protocol === 'udp' ? 'u' : 't'}${unique(outside).join(',')}`
}

/** Port keys by number, then protocol: the tag must not change when only the order did. */
export const sortedPortKeys = (ports: Ports): string[] => Object.keys(ports).sort(inOrder)

/** Ports to the text of the tag; what the code cannot say is left out. */
export const encodePorts = (ports: Ports): string =>
  sortedPortKeys(ports)
    .flatMap((key) => encodePort(key, ports[key] ?? []) ?? [])
    .join('|')

/** The tag's text to ports; undefined unless every entry is well formed and named once. */
export const decodePorts = (code: string): Ports | undefined => {
  const ports = new Map<string, readonly string[]>()
  for (const entry of code === '' ? [] : code.split('|')) {
    const [, inside = '', protocol, list = ''] = ENTRY.exec(entry) ?? []
    const outside = unique(list.split(','))
    const key = `${inside}/${protocol === 'u' ? 'udp' : 'tcp'}`
    if (!isPort(inside) || !outside.every(isPort) || ports.has(key)) return undefined
    ports.set(key, Object.freeze(outside))
  }
  return Object.freeze(Object.fromEntries([...ports].sort(([a], [b]) => inOrder(a, b))))
}
