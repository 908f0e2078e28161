import { isIP } from 'node:net'
import { isPrintable } from './printable.ts'
import { Advice, parsed, type Shape } from './shape.ts'
import { suggest } from './suggest.ts'

const TEXT_OR_NUMBER = { type: ['string', 'number'] }

/** Any text; `limit` in bytes. Numbers are taken as they are written. */
export const text = (expected: string, limit = 32_768): Shape<string> =>
  parsed({
    expected,
    schema: { type: ['string', 'number', 'boolean'] },
    parse: (found) => (Buffer.byteLength(found) <= limit ? found : undefined),
  })

/** A text that people read: one line, no control characters, not empty; `limit` in bytes. */
export const line = (expected: string, limit: number): Shape<string> =>
  parsed({
    expected,
    schema: TEXT_OR_NUMBER,
    parse: (found) => {
      const trimmed = found.trim()
      const fits = trimmed !== '' && Buffer.byteLength(trimmed) <= limit && isPrintable(trimmed)
      return fits ? trimmed : undefined
    },
  })

export const matching = (expected: string, pattern: RegExp): Shape<string> =>
  parsed({
    expected,
    schema: { ...TEXT_OR_NUMBER, pattern: pattern.source },
    parse: (found) => (pattern.test(found) ? found : undefined),
  })

/** `yes`, `on` and `1` too: 2015's YAML knew them. */
export const flag: Shape<boolean> = parsed({
  expected: 'true or false',
  schema: { type: 'boolean' },
  parse: (found) => FLAGS.get(found.toLowerCase()),
})

const FLAGS = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
])

export const oneOf = <T extends string>(words: readonly T[]): Shape<T> => {
  const last = words.length - 1
  return parsed({
    expected: `${words.slice(0, last).join(', ')} or ${words[last]}`,
    schema: { enum: words },
    parse: (found) => {
      const hint = suggest(found, words).replace(/^; /, '')
      return words.find((word) => word === found) ?? (hint ? new Advice(hint) : undefined)
    },
  })
}

export const portNumber = (lowest: 0 | 1): Shape<number> =>
  parsed({
    expected: `a port from ${lowest} to 65535`,
    schema: { type: 'integer', minimum: lowest, maximum: 65_535 },
    parse: (found) => parsePort(found, lowest),
  })

export const parsePort = (found: string, lowest = 1): number | undefined => {
  const port = /^\d{1,5}$/.test(found) ? Number(found) : -1
  return port >= lowest && port <= 65_535 ? port : undefined
}

/** An address that other nodes can use. */
export const address: Shape<string> = parsed({
  expected: 'an IP address that other nodes reach',
  parse: (found) => {
    if (isIP(found) === 0) return new Advice('names are not resolved here')
    return NOT_FOR_OTHERS.test(found) ? undefined : found
  },
})

// Unspecified, loopback, link-local and multicast: other nodes refuse a member that says these.
const NOT_FOR_OTHERS = /^(0\.|127\.|169\.254\.|22[4-9]\.|2[3-5]\d\.|::1?$|fe[89ab]|ff|::ffff:)/i

export const absolutePath: Shape<string> = parsed({
  expected: 'an absolute path',
  parse: (found) => (found.startsWith('/') ? found : undefined),
})

/** Milliseconds from `10s` or `1m30s`. */
export const duration: Shape<number> = parsed({
  expected: 'a duration such as 10s or 1m30s',
  schema: { type: 'string', pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h))+$' },
  parse: (found) => {
    if (/^\d+$/.test(found)) return new Advice(`add the unit: ${found}s`)
    if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(found)) return undefined
    const parts = found.matchAll(/([\d.]+)(ms|s|m|h)/g)
    const total = [...parts].reduce((sum, [, many, unit]) => sum + Number(many) * MS[unit!]!, 0)
    return total <= 24 * MS.h! ? Math.round(total) : new Advice('24h at most')
  },
})

const MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Bytes from `256m`; Docker takes no less than 6 MiB. */
export const bytes: Shape<number> = parsed({
  expected: 'an amount of memory such as 256m, 6m at least',
  schema: { type: ['string', 'integer'], pattern: '^\\d+(\\.\\d+)?([bBkKmMgG][bB]?)?$' },
  parse: (found) => {
    const [, many, unit] = /^(\d{1,16}(?:\.\d+)?)(?:([bkmg])b?)?$/i.exec(found) ?? []
    const total = Math.round(Number(many) * (BYTES[(unit ?? 'b').toLowerCase()] ?? 1))
    return total >= 6 * BYTES.m! && Number.isSafeInteger(total) ? total : undefined
  },
})

const BYTES: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

export const cpuShare: Shape<number> = parsed({
  expected: 'a number of CPUs such as 0.5',
  schema: { type: ['number', 'string'] },
  parse: (found) => {
    const cpus = /^\d{0,4}(\.\d{1,9})?$/.test(found) && found !== '' ? Number(found) : 0
    return cpus >= 0.001 ? cpus : undefined
  },
})

/** `SIGTERM` from `SIGTERM`, `term` or `15`. */
export const signal: Shape<string> = parsed({
  expected: 'a signal such as SIGTERM',
  schema: TEXT_OR_NUMBER,
  parse: (found) => {
    if (/^\d+$/.test(found)) return Number(found) >= 1 && Number(found) <= 64 ? found : undefined
    const name = found.toUpperCase().replace(/^(SIG)?/, 'SIG')
    if (/^SIGRT(MIN(\+\d{1,2})?|MAX(-\d{1,2})?)$/.test(name) || SIGNALS.includes(name)) return name
    const hint = suggest(name, SIGNALS).replace(/^; /, '')
    return hint ? new Advice(hint) : undefined
  },
})

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
    .split(' ')
    .map((name) => `SIG${name}`)

/** `NET_ADMIN` from `net_admin` or `CAP_NET_ADMIN`. */
export const capability: Shape<string> = parsed({
  expected: 'a capability such as NET_ADMIN',
  parse: (found) => {
    const name = found.toUpperCase().replace(/^CAP_/, '')
    return /^[A-Z][A-Z_]{1,30}$/.test(name) ? name : undefined
  },
})

/** An image's name as Docker takes it, or an image id. */
export const imageName: Shape<string> = parsed({
  expected: "an image's name such as nginx:1.27",
  parse: (found) => {
    if (found.length <= 500 && IMAGE.test(found)) return found
    if (found.includes('$')) return new Advice('variables are not replaced here')
    return /[A-Z]/.test(found) && IMAGE.test(found.toLowerCase())
      ? new Advice('names of images are lower case')
      : undefined
  },
})

const IMAGE = new RegExp(
  [
    '^(?:sha256:[0-9a-f]{64}$|',
    // host[:port]/
    '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\\d{1,5})?/)?',
    // path, each part of it
    '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*',
    '(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$)',
  ].join(''),
)

/**
 * A name that the node will write into hosts files: the catalog's rule, which a test holds equal.
 * One label, `_` allowed as Docker and 2015 do; no number, no name of the machine itself.
 */
export const isHostName = (name: string): boolean =>
  /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(name) &&
  !/^(?:\d+|0x[0-9a-f]*)$/i.test(name) &&
  !OF_THE_MACHINE.includes(name.toLowerCase())

const OF_THE_MACHINE =
  'localhost localhost4 localhost6 broadcasthost ip6-localhost ip6-loopback ip6-localnet ip6-mcastprefix ip6-allnodes ip6-allrouters ip6-allhosts'.split(
    ' ',
  )
