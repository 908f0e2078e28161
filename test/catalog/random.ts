import type { ListedMember } from '../../src/catalog/member.ts'
import type { Ports } from '../../src/catalog/node-info.ts'

/** Seeded chance (mulberry32), so that a failed property fails again. */
export const createChance = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const times = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: below(most + 1) }, make)
  return { below, pick, times }
}

export type Chance = ReturnType<typeof createChance>

export const randomPorts = ({ below, pick, times }: Chance, most = 12): Ports =>
  Object.fromEntries(
    times(most, () => [
      `${1 + below(65_535)}/${pick(['tcp', 'udp'])}`,
      [...new Set([`${1 + below(65_535)}`, ...times(2, () => `${1 + below(65_535)}`)])],
    ]),
  )

/** An honest member with a service; `changes` may make it anything else. */
export const listed = (number: number, changes: Partial<ListedMember> = {}): ListedMember => {
  const { tags, ...rest } = changes
  const ip = `172.17.${number >> 8}.${number & 255 || 1}`
  const name = `web-${number}`
  return {
    name: `${name}.${number.toString(16).padStart(6, '0')}`,
    addr: ip,
    port: 7946,
    status: 'alive',
    ...rest,
    tags: {
      name,
      role: 'web',
      ip,
      serf_port: '7946',
      service: ip,
      service_port: '0',
      ports: '80t80',
      timestamp: `${1_700_000_000 + number}`,
      ...tags,
    },
  }
}

/** What an attacker puts into a field. */
export const HOSTILE = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  'a\n1.2.3.4 bank.com',
  'a\r\n1.2.3.4 bank.com',
  'a\u2028b',
  'a\tb',
  'a\0b',
  'localhost',
  'LocalHost',
  'localhost.localdomain',
  'evil.localhost',
  'ip6-localhost',
  'x'.repeat(300),
  'r\u0430bbit',
  'web\u200b',
  '\u202ebew',
  '__proto__',
  '\x1b[2J\x1b]0;owned\x07',
  '\x9b2J',
  'a\\b',
  'a/b',
  '\ud800',
  '127.0.0.1',
  '127.1.2.3',
  '0.0.0.0',
  '255.255.255.255',
  '169.254.169.254',
  '100.100.100.200',
  '224.0.0.1',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'fd00:ec2::254',
  '10.0.0.1\n10.0.0.2',
  '010.0.0.1',
  '10.1',
  '70000',
  '-1',
  '65536',
  '080',
  '1e3',
  '0x50',
  'NaN',
  'Infinity',
  '99999999999999999999',
  '80t80|80t81',
  '80x80',
  '80t',
  '80t70000',
  '0t80',
  '|',
]
