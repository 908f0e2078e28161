import { accessSync, constants, readFileSync } from 'node:fs'
import { docker, inside } from '../../test/support/docker.ts'

/**
 * The file on this machine that a container has as /etc/hosts. Reading it costs the container
 * nothing, and our clock is the one that counts. Children of a node have the node's.
 */
export const hostsFileOf = async (container: string): Promise<string> => {
  const path = await docker('inspect', '-f', '{{.HostsPath}}', container)
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new Error(`read ${path}: run this as root on the machine of the engine`, { cause })
  }
  return path
}

/** The address that a hosts file has for a name. */
export const addressIn = (path: string, name: string): string | undefined =>
  new RegExp(`^(\\S+) ${name} `, 'm').exec(readFileSync(path, 'latin1'))?.[1]

/** Makes sure that what we read here is what a process in the container reads. */
export const assertSameFile = async (container: string, path: string): Promise<void> => {
  const within = await inside(container, 'cat', '/etc/hosts')
  if (within !== readFileSync(path, 'latin1').trim()) {
    throw new Error(`${path} is not /etc/hosts of ${container}`)
  }
}
