import type { PortBinding } from '../../docker/container-types.ts'
import { CliError } from '../cli-error.ts'

/** A container port and where it is published: `80/tcp` at `{ HostPort: '8080' }`. */
export type Published = { port: string; binding: PortBinding }

const SHAPE =
  /^(?:(?:(?<ip>\[[0-9a-fA-F:.]+\]|\d+\.\d+\.\d+\.\d+):)?(?<host>[\d-]*):)?(?<inside>[\d-]+)(?:\/(?<protocol>tcp|udp))?$/

/**
 * Reads one `-p` in Docker's words: `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `8000-8009:80-89`.
 * Throws CliError `usage`.
 */
export const parsePublish = (text: string): Published[] => {
  const groups = SHAPE.exec(text)?.groups
  if (!groups) throw bad(text, 'expected [IP:][HOST-PORT:]PORT[/udp]')
  const inside = range(text, groups['inside'] ?? '')
  const host = groups['host'] ? range(text, groups['host'], 0) : undefined
  if (host && host.length !== inside.length) throw bad(text, 'the two ranges differ in length')
  const ip = groups['ip']?.replace(/^\[|\]$/g, '')
  return inside.map((port, at) => ({
    port: `${port}/${groups['protocol'] ?? 'tcp'}`,
    // Port 0 is Docker's word for any.
    binding: { ...(ip && { HostIp: ip }), HostPort: host?.[at] ? String(host[at]) : '' },
  }))
}

const range = (text: string, ports: string, least = 1): number[] => {
  const [from = '', to = from, ...rest] = ports.split('-')
  const [first, last] = [Number(from || Number.NaN), Number(to || Number.NaN)]
  const valid = (port: number) => Number.isInteger(port) && port >= least && port <= 65_535
  if (!valid(first) || !valid(last) || last < first || rest.length > 0) {
    throw bad(text, `${ports} is no port from 1 to 65535`)
  }
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

const bad = (text: string, why: string): CliError =>
  new CliError('usage', `--publish ${text}: ${why}`)

/** A publication as `docker run -p` takes it. */
export const showPublish = ({ port, binding }: Published): string => {
  const { HostIp: ip, HostPort: host } = binding
  const address = ip ? `${ip.includes(':') ? `[${ip}]` : ip}:` : ''
  return `${address}${host || address ? `${host}:` : ''}${port.replace(/\/tcp$/, '')}`
}
