import { existsSync } from 'node:fs'
import { CliError } from './cli-error.ts'

const USUAL = '/var/run/docker.sock'

/**
 * Where the engine's socket is: DOCKER_HOST as Docker's own client reads it (unix sockets only),
 * else the usual place, else 2015's view of it through the host's root. Throws CliError `usage`.
 */
export const engineSocket = (
  env: NodeJS.ProcessEnv,
  exists: (path: string) => boolean = existsSync,
): string => {
  const host = env['DOCKER_HOST'] ?? ''
  if (host.startsWith('unix://')) return host.slice('unix://'.length)
  if (host !== '') {
    throw new CliError('usage', `DOCKER_HOST=${host}: expected unix://PATH`, {
      hint: 'run serfnode on the machine of that engine: a node needs the socket itself',
    })
  }
  const socket = env['DOCKER_SOCKET'] ?? '/run/docker.sock'
  const candidates = [USUAL, `${env['HOST_PREFIX'] ?? '/host'}${socket}`, socket]
  return candidates.find(exists) ?? USUAL
}
