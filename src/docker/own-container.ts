import { readFile } from 'node:fs/promises'

/**
 * The id of the container whose mounts these are, undefined outside one. Docker mounts its own
 * /etc/hosts and /etc/resolv.conf over the image's; the mount point has to be exactly these, since
 * `-v /:/host` brings the files of other containers into view.
 */
export const containerIdOf = (mountinfo: string): string | undefined => {
  for (const wanted of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname']) {
    for (const line of mountinfo.split('\n')) {
      const [, , , root, mountPoint] = line.split(' ')
      if (mountPoint !== wanted) continue
      const id = /\/containers\/([0-9a-f]{64})\//.exec(root ?? '')?.[1]
      if (id !== undefined) return id
    }
  }
  return undefined
}

export const ownContainerId = async (): Promise<string | undefined> =>
  containerIdOf(await readFile('/proc/self/mountinfo', 'utf8'))
