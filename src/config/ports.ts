import { isIP } from 'node:net'
import { oneOf, parsePort } from './scalars.ts'
import {
  Advice,
  type Fields,
  fieldsSchema,
  parsed,
  readFields,
  type Shape,
  shortOrLong,
} from './shape.ts'
import type { Port } from './types.ts'
import { refuse } from './yaml-value.ts'

const LONGEST_RANGE = 100
const EXPECTED = 'a port such as "8080:80", "80" or "127.0.0.1:8080:80/udp"'

type LongPort = { target: number[]; published: number[]; protocol: 'tcp' | 'udp'; host_ip: string }

const range = parsed({
  expected: `a port, or a range of ${LONGEST_RANGE} at most`,
  schema: { type: ['string', 'integer'] },
  parse: parseRange,
})

const longPort: Fields<LongPort> = {
  target: { shape: range, meaning: "The container's port.", required: true },
  published: { shape: range, meaning: "The host's port; absent: any free one." },
  protocol: { shape: oneOf(['tcp', 'udp']), meaning: 'tcp (default) or udp.' },
  host_ip: {
    shape: parsed({ expected: 'an IP address', parse: (ip) => (isIP(ip) ? ip : undefined) }),
    meaning: "The host's address to bind; absent: all.",
  },
}

/** One entry of `ports`: a range gives several. */
export const ports: Shape<Port[]> = shortOrLong(
  parsed({ expected: EXPECTED, schema: { type: ['string', 'integer'] }, parse: parsePorts }),
  {
    expected: EXPECTED,
    schema: fieldsSchema(longPort),
    read: (value) => {
      const long = readFields<LongPort>(value, longPort)
      if (long?.target === undefined) return undefined
      const host = long.published ?? []
      const { protocol = 'tcp', host_ip } = long
      return (
        combine({ container: long.target, host, protocol, address: host_ip }) ?? mismatch(value)
      )
    },
  },
)

/** One entry of `expose`: the port of a child that is not published. */
export const exposed: Shape<Port[]> = parsed({
  expected: 'a port such as "80" or "53/udp"',
  schema: { type: ['string', 'integer'] },
  parse: (found) =>
    found.includes(':') ? new Advice('to publish it use ports') : parsePorts(found),
})

/** A port as Docker writes it: `80/tcp`. */
export const portKey = ({ container, protocol }: Port): string => `${container}/${protocol}`

/** `ip:host:container/protocol`, from the right; ranges of equal length on both sides. */
function parsePorts(found: string): Port[] | Advice | undefined {
  const [, front, address, host, range, protocol = 'tcp'] =
    /^((?:(\[[^\]]*\]|[\d.]+):)?([\d-]*):)?([\d-]+)(?:\/(tcp|udp))?$/i.exec(found) ?? []
  if (/\/sctp$/i.test(found)) return new Advice('only tcp and udp are known')
  if (range === undefined) return undefined
  const container = parseRange(range)
  const published = host === undefined || host === '' ? [] : parseRange(host)
  if (container === undefined || published === undefined) return undefined
  if (front === ':') return undefined
  const bare = address?.replace(/^\[|\]$/g, '')
  if (bare !== undefined && isIP(bare) === 0) return new Advice(`"${bare}" is no IP address`)
  const wanted = { container, host: published, protocol: protocol.toLowerCase(), address: bare }
  return combine(wanted) ?? new Advice('both ranges must have the same length')
}

type Wanted = { container: number[]; host: number[]; protocol: string; address: string | undefined }

const combine = ({ container, host, protocol, address }: Wanted): Port[] | undefined => {
  if (host.length > 0 && host.length !== container.length) return undefined
  return container.map((port, index) => ({
    container: port,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    ...(host[index] === undefined ? {} : { host: host[index] }),
    ...(address === undefined ? {} : { address }),
  }))
}

const mismatch = (value: Parameters<typeof refuse>[0]): undefined =>
  refuse(value, 'target and published of the same length')

function parseRange(found: string): number[] | undefined {
  const [first, last, more] = found.split('-').map((each) => parsePort(each))
  if (first === undefined || more !== undefined) return undefined
  if (!found.includes('-')) return [first]
  if (last === undefined || last < first || last - first >= LONGEST_RANGE) return undefined
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
