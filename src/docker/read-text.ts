import type { Archives } from './archive.ts'
import { DockerError, isDockerError } from './errors.ts'
import type { Exec } from './exec.ts'

const FILE_CAP = 1 << 20
const READ_MS = 5_000

export type ReadText = {
  /**
   * One file of up to 1 MiB as text, undefined when there is none: as `readFile`, but a running
   * container is asked itself, by `cat`. Each archive that the engine (20.10, moby#38995) makes of a
   * running container in which the host's root is mounted doubles its mounts, until no archive of
   * any container can be made.
   */
  readText(id: string, path: string): Promise<string | undefined>
}

export const readText = ({
  exec,
  readFile,
}: Pick<Exec, 'exec'> & Pick<Archives, 'readFile'>): ReadText => ({
  async readText(id, path) {
    const options = { cmd: ['cat', '--', path], env: ['LC_ALL=C'], timeoutMs: READ_MS }
    const ran = await exec(id, options).catch((error: unknown) => {
      if (isDockerError(error, 'conflict')) return undefined
      throw error
    })
    if (!ran) return readFile(id, path)
    const { exitCode, stdout, stderr } = ran
    if (exitCode === 0 && Buffer.byteLength(stdout) <= FILE_CAP) return stdout
    if (/No such file|Not a directory/.test(stderr)) return undefined
    const why =
      exitCode === 0 ? `larger than ${FILE_CAP} bytes` : stderr.trim() || `exit ${exitCode}`
    throw new DockerError('bad-request', `read ${path} of container ${id}: ${why}`)
  },
})
