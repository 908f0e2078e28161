import { access, constants } from 'node:fs/promises'
import type { Settings } from '../config/types.ts'
import { connectDocker, type Docker } from '../docker/client.ts'
import type { ContainerInspect } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError, SerfnodeError } from '../lib/errors.ts'
import { readIfThere, writeAtomic } from '../lib/files.ts'
import type { Logger } from '../lib/log.ts'
import { pause } from '../lib/wait.ts'
import { type Boot, makeBoot, nameOf, readBoot, saveBoot } from './boot.ts'
import { ownAddress } from './own-address.ts'
import { OWN_FILE } from './paths.ts'

export class NodeError extends SerfnodeError<'no-address' | 'setting'> {}

/** The engine and the own container on it. */
export type OwnEngine = { docker: Docker; socketPath: string; inspect: ContainerInspect }

export const NO_SOCKET =
  'no Docker socket: membership works, children and discovery on this engine do not; add -v /var/run/docker.sock:/var/run/docker.sock (or, as in 2015, -v /:/host)'

/** The first socket that is there, undefined when there is none. */
export const findSocket = async (paths: readonly string[]): Promise<string | undefined> => {
  for (const path of paths) {
    const usable = await access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    )
    if (usable) return path
  }
  return undefined
}

/**
 * The engine, and the own container on it as it was inspected; retries while the engine does not
 * answer. An agent that was only restarted goes on with what its predecessor saw, since serf and
 * the names must not wait for the engine. Undefined when we are in no container of it.
 */
export const findOwnEngine = async (
  settings: Settings,
  containerId: string | undefined,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<OwnEngine | undefined> => {
  const socketPath = await findSocket(settings.docker_sockets)
  if (socketPath === undefined || containerId === undefined) return undefined
  const docker = connectDocker({ socketPath })
  for (let said = false; ; said = true) {
    try {
      const { Config, ...rest } = await docker.inspectContainer(containerId)
      const inspect = { ...rest, Config: { ...Config, Env: [] } }
      await writeAtomic(OWN_FILE, JSON.stringify(inspect), 0o600).catch((error: unknown) => {
        log.warn({ error: describeError(error) }, 'the own container is not noted')
      })
      return { docker, socketPath, inspect }
    } catch (error) {
      if (isDockerError(error, 'not-found')) {
        log.warn({ socket: socketPath }, 'this container is not one of the engine at the socket')
        return undefined
      }
      if (!said) log.warn({ error: describeError(error) }, 'the engine does not answer, retrying')
      const noted = await readIfThere(OWN_FILE)
      if (noted !== undefined) return { docker, socketPath, inspect: JSON.parse(noted) }
      await pause(1_000, signal)
      signal.throwIfAborted()
    }
  }
}

/** Who this node is: as before when only the agent was restarted, else made anew. */
export const ownBoot = async (
  settings: Settings,
  { now, containerId }: { now: () => number; containerId: string | undefined },
): Promise<{ boot: Boot; isAgentRestart: boolean }> => {
  const before = await readBoot()
  if (before) return { boot: before, isAgentRestart: true }
  const serf_ip = settings.serf_ip ?? (await ownAddress())
  if (serf_ip === undefined) {
    throw new NodeError('no-address', 'this container has no network: give one, or set SERF_IP')
  }
  const name = settings.node_name ?? nameOf(settings.role, containerId)
  const { cluster, role, serf_port, rpc_port } = settings
  const boot = makeBoot({ name, cluster, role, serf_ip, serf_port, rpc_port }, now())
  await saveBoot(boot)
  return { boot, isAgentRestart: false }
}
