import { isIP } from 'node:net'
import type { Findings } from './config-error.ts'
import { absolutePath, oneOf, parsePort, portNumber } from './scalars.ts'
import type { Setting } from './settings.ts'
import { parsed } from './shape.ts'
import { reading } from './text-file.ts'
import type { ApiSettings, ChildSettings } from './types.ts'

export type ApiValues = {
  api: 'events' | 'read' | 'control' | 'off'
  api_port: number
  api_publish: { host: string; port: number }
  api_token_file: string
  api_hosts: string[]
}

const listenAddress = parsed({
  expected: 'a port or address:port to listen at, such as 7381 or 0.0.0.0:7381',
  parse: (found) => {
    const [, six, four, digits = ''] =
      /^(?:(?:\[([0-9a-f:.]+)\]|([\d.]+)):)?(\d{1,5})$/i.exec(found) ?? []
    const host = six ?? four ?? '0.0.0.0'
    const port = parsePort(digits)
    return port === undefined || isIP(host) === 0 ? undefined : { host, port }
  },
})

const NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/i

const names = parsed({
  expected: 'names by which the API is called, such as node1.example.org',
  parse: (found) => {
    const words = found.split(/[\s,]+/).filter((word) => word !== '')
    return words.length > 0 && words.every((word) => NAME.test(word)) ? words : undefined
  },
})

/** The settings of the HTTP API. */
export const apiSettings: { readonly [K in keyof ApiValues]: Setting<ApiValues[K]> } = {
  api: {
    variables: ['SERFNODE_API'],
    key: true,
    default: 'events',
    meaning:
      'What the children may do over HTTP: `read`; `events`, raise and ask besides; `control`, restart, stop and start children besides; `off`, nothing. See docs/api.md.',
    shape: oneOf(['events', 'read', 'control', 'off']),
  },
  api_port: {
    variables: ['SERFNODE_API_PORT'],
    key: true,
    default: 7380,
    meaning: 'The port of the HTTP API, on loopback only.',
    shape: portNumber(1),
  },
  api_publish: {
    variables: ['SERFNODE_API_PUBLISH'],
    key: true,
    otherwise: 'not published',
    meaning:
      'A port or `address:port` at which the HTTP API listens for callers from outside, who must bring the token of `SERFNODE_API_TOKEN_FILE` and have the rights of `SERFNODE_API`.',
    shape: listenAddress,
  },
  api_token_file: {
    variables: ['SERFNODE_API_TOKEN_FILE'],
    key: false,
    otherwise: 'none',
    meaning: 'A file with the token for the published HTTP API: one word of 16 characters or more.',
    shape: absolutePath,
  },
  api_hosts: {
    variables: ['SERFNODE_API_HOSTS'],
    key: true,
    otherwise: 'none',
    meaning:
      'Names by which the HTTP API is called, besides addresses and `localhost`; several are separated by commas or spaces.',
    shape: names,
  },
}

type Given = Partial<ApiValues> & { serf_port: number; rpc_port: number }

/** The API's part of the settings; what is wrong goes to `findings`. */
export const readApi = async (
  given: Given,
  {
    children,
    readFile,
    findings,
  }: {
    children: readonly Pick<ChildSettings, 'name' | 'ports' | 'expose'>[]
    readFile: (path: string) => Promise<string>
    findings: Findings
  },
): Promise<ApiSettings> => {
  const { api = 'events', api_port: port = 7380, api_publish: publish, api_hosts = [] } = given
  const problem = (message: string): void => findings.problem({ file: 'environment', message })
  const warn = (message: string): void => findings.warning({ file: 'environment', message })
  const token = await readToken(given, { readFile, problem })
  const listens = [
    ...(api === 'off' ? [] : [['SERFNODE_API_PORT', port] as const]),
    ...(publish ? [['SERFNODE_API_PUBLISH', publish.port] as const] : []),
  ]
  const taken = new Map([
    [given.serf_port, 'SERF_PORT'],
    [given.rpc_port, 'RPC_PORT'],
  ])
  for (const [name, own] of listens) {
    const other = taken.get(own)
    if (other !== undefined) problem(`${name} and ${other} are both ${own}; choose another for one`)
    taken.set(own, name)
  }
  if (publish && api === 'off') {
    problem('SERFNODE_API_PUBLISH is given although SERFNODE_API is off; take one away')
  }
  if (publish && given.api_token_file === undefined) {
    problem(
      'SERFNODE_API_PUBLISH needs a token: give SERFNODE_API_TOKEN_FILE, a file that holds one',
    )
  }
  if (!publish && given.api_token_file !== undefined) {
    warn('SERFNODE_API_TOKEN_FILE has no effect without SERFNODE_API_PUBLISH')
  }
  const user = userOf(children, port)
  if (api !== 'off' && user !== undefined) {
    warn(
      `child "${user}" has port ${port}, that of the HTTP API: children have no API; give another SERFNODE_API_PORT`,
    )
  }
  const other = publish && userOf(children, publish.port)
  if (other !== undefined) {
    problem(`SERFNODE_API_PUBLISH: child "${other}" has port ${publish?.port}; give another`)
  }
  return {
    hosts: api_hosts,
    ...(api !== 'off' && { right: api, ...(user === undefined && { port }) }),
    ...(publish && token !== undefined && { publish: { ...publish, token } }),
  }
}

const userOf = (
  children: readonly Pick<ChildSettings, 'name' | 'ports' | 'expose'>[],
  port: number,
): string | undefined =>
  children.find(({ ports, expose }) =>
    [...ports, ...expose].some((one) => one.container === port && one.protocol === 'tcp'),
  )?.name

const readToken = async (
  { api_token_file: path }: Given,
  {
    readFile,
    problem,
  }: { readFile: (path: string) => Promise<string>; problem: (message: string) => void },
): Promise<string | undefined> => {
  if (path === undefined) return undefined
  const { text, problem: why } = await reading(path, readFile)
  const token = text?.trim()
  if (token !== undefined && /^[!-~]{16,1024}$/.test(token)) return token
  const what = why === undefined ? `${path} holds no` : `cannot read ${path}: ${why}; expected a`
  problem(`SERFNODE_API_TOKEN_FILE: ${what} token of one word, 16 characters or more`)
  return undefined
}
