import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describeError } from '../../lib/errors.ts'
import { readIfThere } from '../../lib/files.ts'
import { CliError } from '../cli-error.ts'
import type { Context } from '../command.ts'
import { listedNode } from '../commands/members.ts'
import { type NodeStatus, parseStatus } from '../node-status.ts'
import { openSerf } from '../open-serf.ts'

/** The agent touches its file every 10 s. */
const SILENT_MS = 30_000

/** One of the two services of a node. */
export type ServiceReport = {
  /** `silent`: it runs, and does not answer. */
  state: 'up' | 'down' | 'silent' | 'unknown'
  /** When that began; ISO 8601. */
  since?: string
  reason?: string
}

/** One node as `status --json` prints it. */
export type NodeReport = NodeStatus & {
  container?: string
  /** Why the service is hidden from others. */
  hidden?: string
  /** Members by Serf's status; absent when serf does not answer. */
  members?: Record<string, number>
  /** The names of the failed ones. */
  failed?: string[]
  agent: ServiceReport
  serf: ServiceReport
}

type Asked = Pick<Context, 'runDir' | 'env' | 'signal'>

/** What the node we are in has to tell, however much of it is down. Rejects with CliError `failed`. */
export const reportNode = async (context: Asked): Promise<NodeReport> => {
  const path = join(context.runDir, 'status.json')
  const status = parseStatus(await readIfThere(path))
  if (!status) {
    throw new CliError('failed', 'read the status of this node: there is none yet', {
      hint: 'it may be starting: serfnode logs says what it does',
    })
  }
  const told = await stat(path)
  const own = JSON.parse((await readIfThere(join(context.runDir, 'own.json'))) ?? '{}')
  const [agent, serf, cluster] = await Promise.all([
    serviceReport('agent'),
    serviceReport('serf'),
    askCluster(context),
  ])
  const silent = Date.now() - told.mtimeMs > SILENT_MS
  const hidden = hiddenBecause(status)
  return {
    ...status,
    ...(typeof own.Name === 'string' && { container: own.Name.replace(/^\//, '') }),
    ...(hidden !== undefined && { hidden }),
    ...('reason' in cluster ? {} : cluster),
    agent:
      agent.state === 'up' && silent ? { state: 'silent', since: told.mtime.toISOString() } : agent,
    serf:
      'reason' in cluster
        ? { ...(serf.state === 'up' ? { state: 'silent' } : serf), reason: cluster.reason }
        : serf,
  }
}

/** Why others do not see the node's service; undefined when they do. */
export const hiddenBecause = (status: NodeStatus): string | undefined => {
  const { phase, service_ip, children } = status
  if (service_ip !== undefined) return undefined
  if (phase === 'stopping') return 'the node stops'
  const down = children.filter(({ state }) => state !== 'running').map(({ name }) => name)
  if (down.length === 0) return phase === 'up' ? 'it has just come up' : `the node is ${phase}`
  const more = down.length > 3 ? ` and ${down.length - 3} more` : ''
  return `not running: ${down.slice(0, 3).join(', ')}${more}`
}

const askCluster = async (
  context: Asked,
): Promise<{ members: Record<string, number>; failed: string[] } | { reason: string }> => {
  try {
    using serf = await openSerf(context)
    const all = (await serf.members()).map(listedNode)
    const members: Record<string, number> = { alive: 0, failed: 0, left: 0 }
    for (const { status } of all) members[status] = (members[status] ?? 0) + 1
    return { members, failed: all.flatMap((one) => (one.status === 'failed' ? one.name : [])) }
  } catch (error) {
    return { reason: describeError(error) }
  }
}

/** As its supervisor sees it; where there is none to ask, it is taken to be up. */
const serviceReport = async (name: string): Promise<ServiceReport> => {
  try {
    const argv = ['-o', 'up,updownfor', `/run/service/${name}`]
    const { stdout } = await promisify(execFile)('s6-svstat', argv, { timeout: 2_000 })
    const [up, seconds] = stdout.trim().split(' ')
    const since = new Date(Date.now() - Number(seconds) * 1000).toISOString()
    return { state: up === 'true' ? 'up' : 'down', since }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? { state: 'up' }
      : { state: 'unknown', reason: describeError(error) }
  }
}
