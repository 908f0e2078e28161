import { isIP } from 'node:net'
import { isMap, isSeq } from 'yaml'
import { parsePort } from './scalars.ts'
import { Advice, listOf, parsed, type Shape } from './shape.ts'
import type { Peer } from './types.ts'

const GOSSIP_PORT = 7946

/** The value of PEER. What is malformed may be a broken token: then it is not shown. */
export const peers: Shape<Peer[]> = peersShape(
  'host, host:port or a token SN1-..., several separated by commas or spaces',
  (word) => ({ type: 'token', token: word }),
)

/** `peer` of serfnode.yml: a text or a list, without tokens, as images are made of that file. */
export const peersWithoutTokens: Shape<Peer[]> = peersShape(
  'host or host:port, several separated by commas or spaces',
  () => new Advice('images are made of this file: give the token as SERFNODE_TOKEN_FILE or PEER'),
)

/** Whether `text` has the form of a token; that its checksum is right is for `cluster` to say. */
export const isTokenLike = (text: string): boolean => /^SN1-[\x21-\x7e]{8,2048}$/.test(text)

function peersShape(expected: string, onToken: (token: string) => Peer | Advice): Shape<Peer[]> {
  const parse = (found: string): Peer[] | Advice | undefined => {
    const read = found.split(/[\s,]+/).flatMap((word) => (word === '' ? [] : [parsePeer(word)]))
    const good = read.filter(isPeer)
    if (good.length < read.length) return read.find((peer) => peer instanceof Advice)
    return [...new Map(good.map((peer) => [JSON.stringify(peer), peer])).values()]
  }
  const parsePeer = (word: string): Peer | Advice | undefined => {
    if (/^SN1-/i.test(word)) return isTokenLike(word) ? onToken(word) : new Advice(BROKEN_TOKEN)
    if (/^[a-z]+:\/\//i.test(word)) return new Advice('leave out the "scheme://"')
    return parseAddress(word)
  }
  const short = parsed({ expected, parse })
  const long = parsed({ expected, parse, secret: true })
  const one: Shape<Peer[]> = {
    ...short,
    read: (value) => (maybeSecret(value.node) ? long : short).read(value),
  }
  const many = listOf(one)
  return {
    expected,
    schema: { anyOf: [one.schema, many.schema] },
    read: (value) => {
      const list = isSeq(value.node) || isMap(value.node)
      return list ? many.read(value)?.flat() : one.read(value)
    },
  }
}

const BROKEN_TOKEN = 'the token is malformed: copy the whole output of "serfnode token"'

const isPeer = (peer: Peer | Advice | undefined): peer is Peer =>
  peer !== undefined && !(peer instanceof Advice)

const maybeSecret = (node: unknown): boolean =>
  /SN1-|[\w+/=-]{32}/i.test(String((node as { value?: unknown } | null)?.value))

const parseAddress = (word: string): Peer | undefined => {
  if (isIP(word) === 6) return { type: 'address', host: word, port: GOSSIP_PORT }
  const [, host, portText] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(word) ?? []
  if (host === undefined) return undefined
  const port = portText === undefined ? GOSSIP_PORT : parsePort(portText)
  if (port === undefined) return undefined
  if (host.startsWith('[')) {
    const bare = host.slice(1, -1)
    return isIP(bare) === 6 ? { type: 'address', host: bare, port } : undefined
  }
  const good = /^[\d.]+$/.test(host) ? isIP(host) === 4 && host !== '0.0.0.0' : NAME.test(host)
  return good ? { type: 'address', host, port } : undefined
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252}$/
