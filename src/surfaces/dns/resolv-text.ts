import { isIP } from 'node:net'

const MARK = '# kept by serfnode'

/** Whether a resolv.conf is one of ours. */
export const isOurs = (text: string): boolean => text.startsWith(MARK)

/**
 * The resolv.conf that leads to our DNS: search domains and options as they were, and only one
 * server. A second one would be asked for our names too: musl asks all and believes the first.
 */
export const ourText = (original: string, address: string): string => {
  const rest = original.split('\n').filter((line) => !SERVER.test(line))
  const before = serversOf(original).join(' ') || 'none'
  return [`${MARK}; servers before: ${before}`, `nameserver ${address}`, ...rest].join('\n')
}

/** What `ours` was made of, as far as it tells: its own servers are noted in its first line. */
export const originalText = (ours: string): string => {
  const [mark = '', ...rest] = ours.split('\n')
  const servers = (mark.split('servers before: ')[1] ?? '').split(' ').filter(isServer)
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...rest.filter((line) => !SERVER.test(line)),
  ].join('\n')
}

/** The servers to ask for all else, as a resolv.conf of its own; `own` are addresses of ours. */
export const upstreamText = (original: string, own: readonly string[]): string =>
  serversOf(original)
    .filter((server) => server !== '0.0.0.0' && !own.includes(server))
    .map((server) => `nameserver ${server}\n`)
    .join('')

const SERVER = /^\s*nameserver\s+(\S+)/
/** What resolvers take; the rest of them was never asked. */
const SERVERS_MAX = 3

const serversOf = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => SERVER.exec(line)?.[1] ?? [])
    .filter(isServer)
    .slice(0, SERVERS_MAX)

const isServer = (text: string): boolean => isIP(text.replace(/%\w+$/, '')) !== 0
