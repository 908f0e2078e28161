import { posix } from 'node:path'

export type Copied = {
  from: string
  files: readonly string[]
  /** With all in them, and to the place that each has in the project. */
  folders?: readonly string[]
}

/** The file of a project that has none: the YAML, its env_files and handlers on Serfnode's image. */
export const dockerfileOf = ({ from, files, folders = [] }: Copied): string =>
  `FROM ${from}\n${copyLines([...files, ...folders.map((folder) => `${folder}/`)])}\n`

/** Each path to the place that it has in the project. */
const copyLines = (paths: readonly string[]): string =>
  paths.map((path) => `COPY ${JSON.stringify([path, posix.join('/', path)])}`).join('\n')

/** Whether a COPY or ADD of the Dockerfile may bring the folder. */
export const mayCopy = (dockerfile: string, folder: string): boolean =>
  [...dockerfile.matchAll(/^\s*(?:COPY|ADD)\s+(.*)$/gim)].some(([, words = '']) => {
    const sources = words
      .split(/[\s,"[\]]+/)
      .filter((word) => word !== '' && !word.startsWith('--'))
    const paths = sources.slice(0, -1).map((source) => posix.normalize(source))
    return paths.some((path) => /^\.?\/?$/.test(path) || path.split('/')[0] === folder)
  })

/** Those of `files` that no COPY or ADD of the Dockerfile names or may bring. */
export const notCopied = (dockerfile: string, files: readonly string[]): string[] => {
  const copies = [...dockerfile.matchAll(/^\s*(?:COPY|ADD)\s.*$/gim)].map(([line]) => line)
  return files.filter(
    (file) =>
      !mayCopy(dockerfile, file.split('/')[0] ?? file) &&
      !copies.some((line) => line.includes(posix.basename(file))),
  )
}

/** `dockerfile` with `files` copied by its last stage, each to the place that it has in the project. */
export const withFiles = (dockerfile: string, files: readonly string[]): string =>
  files.length === 0 ? dockerfile : `${dockerfile.trimEnd()}\n${copyLines(files)}\n`

/**
 * `dockerfile` with the ports of the YAML exposed by its last stage, so that `docker run -P` and
 * people see them.
 */
export const withExpose = (dockerfile: string, ports: readonly string[]): string =>
  ports.length === 0 ? dockerfile : `${dockerfile.trimEnd()}\nEXPOSE ${ports.join(' ')}\n`
