import { posix } from 'node:path'
import { readApi } from './api.ts'
import { checkPorts, hasDnsPort } from './check-ports.ts'
import type { Surroundings } from './child-environment.ts'
import type { WrittenChildren } from './children.ts'
import { addOfNode, completeChild } from './complete-child.ts'
import { createFindings, type Findings } from './config-error.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { completeHandlers } from './handlers.ts'
import { isTokenLike } from './peers.ts'
import { quoted } from './printable.ts'
import { checkNeeds, orderChildren } from './relations.ts'
import { isHostName } from './scalars.ts'
import { readSerfnodeYml } from './serfnode-yml.ts'
import { type NodeValues, settingList } from './settings.ts'
import { reading } from './text-file.ts'
import type { Settings } from './types.ts'
import { report } from './yaml-value.ts'

export type LoadOptions = {
  /** The node's environment; absent: there is no node yet, only the file is checked. */
  env?: Environment
  /** serfnode.yml, when there is one. */
  file?: { path: string; text: string }
  /** Reads an env_file or the token's file. */
  readFile: (path: string) => Promise<string>
  /** Whether a handler's file is there; absent: it is not asked. */
  isFile?: (path: string) => Promise<boolean>
}

export type Loaded = { settings: Settings; warnings: string[] }

/**
 * All settings of a node: the environment beats serfnode.yml beats the defaults.
 * @throws ConfigError naming everything that is wrong; nothing else.
 */
export const loadSettings = async (options: LoadOptions): Promise<Loaded> => {
  const { env, file, readFile, isFile } = options
  const findings = createFindings()
  const given = readEnvironment(env ?? {}, findings)
  const written = file === undefined ? undefined : readSerfnodeYml(file, findings)
  const values: Values = { ...defaults(), ...written?.serfnode, ...given }
  checkRole(values.role, findings, given.role === undefined ? file?.path : undefined)
  checkTogether(values, findings)
  if (given.docker_name !== undefined && given.docker_run === undefined) {
    const message = 'DOCKER_NAME has no effect without DOCKER_RUN'
    findings.warning({ file: 'environment', message })
  }
  const token = await readToken(values, readFile, findings)
  const around = { folder: posix.dirname(file?.path ?? '/'), readFile, ...(env && { env }) }
  const children = await loadChildren(withDockerRun(written?.children, values), values, around)
  const api = await readApi(values, { children, readFile, findings })
  const handlers = await completeHandlers(written?.handlers ?? [], around.folder, isFile)
  findings.throwIfAny()
  const settings: Settings = {
    role: values.role,
    ...(values.node_name === undefined ? {} : { node_name: values.node_name }),
    cluster: values.cluster,
    peers: values.peer,
    ...(token === undefined ? {} : { token }),
    insecure: values.insecure,
    ...(values.serf_ip === undefined ? {} : { serf_ip: values.serf_ip }),
    serf_port: values.serf_port,
    rpc_port: values.rpc_port,
    ...(values.service_ip === undefined ? {} : { service_ip: values.service_ip }),
    service_port: values.service_port,
    api,
    docker_sockets: socketCandidates(values),
    host_prefix: values.host_prefix,
    dns: values.dns && !children.some(hasDnsPort),
    log_level: values.log_level,
    children,
    handlers,
  }
  return { settings, warnings: findings.warnings() }
}

type Optional =
  | 'node_name'
  | 'token'
  | 'token_file'
  | 'serf_ip'
  | 'service_ip'
  | 'docker_socket'
  | 'docker_run'
  | 'api_publish'
  | 'api_token_file'
  | 'api_hosts'
type Values = Omit<NodeValues, Optional> & Partial<Pick<NodeValues, Optional>>

const NO_LISTS = { peer: [], ports: [], volumes: [], volumes_from: [], environment: [] }

const defaults = (): Values => {
  const given = settingList.filter((setting) => setting.default !== undefined)
  const values = given.map((setting) => [setting.name, setting.default])
  return { ...NO_LISTS, ...Object.fromEntries(values) }
}

/** The children of the file, and after them the one of DOCKER_RUN. */
const withDockerRun = (
  written: WrittenChildren | undefined,
  { docker_run, docker_name: name }: Values,
): WrittenChildren | undefined => {
  if (docker_run === undefined) return written
  const { ordered = false, children = [] } = written ?? {}
  if (children.some((child) => child.name === name)) {
    report(docker_run.at, `child "${name}" is in serfnode.yml too; give another DOCKER_NAME`)
    return written
  }
  return { ordered, children: [...children, { name, at: docker_run.at, written: docker_run.is }] }
}

const loadChildren = async (
  written: WrittenChildren | undefined,
  values: Values,
  around: Surroundings,
): Promise<Settings['children']> => {
  if (written === undefined) return []
  const added = written.children.map((child) => addOfNode(child, values))
  const children = orderChildren({ ...written, children: added })
  checkNeeds(children, values.role)
  checkPorts(children, values)
  const complete = []
  for (const child of children) complete.push(await completeChild(child, values, around))
  return complete
}

const checkTogether = (values: Values, findings: Findings): void => {
  if (values.serf_port === values.rpc_port) {
    const message = `SERF_PORT and RPC_PORT are both ${values.serf_port}; choose another for one`
    findings.problem({ file: 'environment', message })
  }
  if (values.token !== undefined && values.token_file !== undefined) {
    const message = 'SERFNODE_TOKEN and SERFNODE_TOKEN_FILE are both given; keep one'
    findings.problem({ file: 'environment', message })
  }
  if (values.insecure && (values.token ?? values.token_file) !== undefined) {
    const message = 'SERFNODE_INSECURE: gossip is not encrypted although a token is given'
    findings.warning({ file: 'environment', message })
  }
}

const checkRole = (role: string, findings: Findings, file = 'environment'): void => {
  if (isHostName(role)) return
  const message = `role ${quoted(role)} is no host name: other nodes find it in files only`
  findings.warning({ file, message })
}

const readToken = async (
  { token, token_file }: Values,
  readFile: LoadOptions['readFile'],
  findings: Findings,
): Promise<string | undefined> => {
  if (token_file === undefined || token !== undefined) return token
  const fail = (what: string): undefined => {
    findings.problem({ file: 'environment', message: `SERFNODE_TOKEN_FILE: ${what}` })
  }
  const { text, problem } = await reading(token_file, readFile)
  if (text === undefined) return fail(`cannot read ${token_file}: ${problem}`)
  const found = text.trim()
  if (isTokenLike(found)) return found
  return fail(`${token_file} holds no token, expected the output of "serfnode token"`)
}

const socketCandidates = ({ docker_socket, host_prefix }: Values): string[] => {
  const paths = docker_socket ? [docker_socket] : ['/var/run/docker.sock', '/run/docker.sock']
  // The host's /var/run is often an absolute link, which would lead back into the container.
  const below = [...paths].reverse().map((path) => posix.join(host_prefix, path))
  return [...new Set([...paths, ...below])]
}
