import { posix } from 'node:path'

/** The file of a project that has none: the YAML and its env_files on top of Serfnode's image. */
export const dockerfileOf = ({ from, files }: { from: string; files: string[] }): string => {
  const copies = files.map((file) => `COPY ${JSON.stringify([file, posix.join('/', file)])}`)
  return [`FROM ${from}`, ...copies, ''].join('\n')
}

/**
 * `dockerfile` with the ports of the YAML exposed by its last stage, so that `docker run -P` and
 * people see them.
 */
export const withExpose = (dockerfile: string, ports: readonly string[]): string =>
  ports.length === 0 ? dockerfile : `${dockerfile.trimEnd()}\nEXPOSE ${ports.join(' ')}\n`
