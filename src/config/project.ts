import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import { loadSettings } from './load-settings.ts'
import { portKey } from './ports.ts'
import { readTextFile } from './text-file.ts'
import type { ChildSettings, HandlerSettings } from './types.ts'

export const SERFNODE_YML = 'serfnode.yml'

/** What `validate` and `build` know of a folder, without a node's environment. */
export type Project = {
  /** The path of serfnode.yml. */
  path: string
  role: string
  /** In start order. Variables taken from the node's environment are absent. */
  children: ChildSettings[]
  /** What `handlers:` names. */
  handlers: HandlerSettings[]
  /** What the image should EXPOSE: `80/tcp`. */
  expose: string[]
  /** Files that serfnode.yml names and that must lie beside it in the image. */
  files: string[]
  warnings: string[]
}

/**
 * Reads and checks the project in `folder`.
 * @throws ConfigError when serfnode.yml is missing, unreadable or wrong.
 */
export const readProject = async (folder: string): Promise<Project> =>
  readProjectFile(join(folder, SERFNODE_YML))

/** As readProject, for the path of a file that may have any name. */
export const readProjectFile = async (path: string): Promise<Project> => {
  const files: string[] = []
  const folder = dirname(resolve(path))
  const readFile = (file: string): Promise<string> => {
    files.push(file)
    return readTextFile(file)
  }
  const file = { path, text: await readExisting(path) }
  const { settings, warnings } = await loadSettings({ file, readFile, isFile: isFileIn(folder) })
  const { role, children, handlers } = settings
  return { path, role, children, handlers, expose: exposedPorts(children), files, warnings }
}

/** What a handler names by an absolute path is in the image, of which nothing is known here. */
const isFileIn =
  (folder: string) =>
  async (path: string): Promise<boolean> => {
    if (relative(folder, path).startsWith('..')) return true
    return (await stat(path).catch(() => undefined))?.isFile() ?? false
  }

/** The ports of all children as Docker writes them, lowest first. */
export const exposedPorts = (children: readonly ChildSettings[]): string[] => {
  const ports = children.flatMap((child) => [...child.ports, ...child.expose])
  ports.sort((a, b) => a.container - b.container || a.protocol.localeCompare(b.protocol))
  return [...new Set(ports.map(portKey))]
}

const readExisting = async (path: string): Promise<string> => {
  try {
    return await readTextFile(path)
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    const found = missing ? `no such file${await otherName(path)}` : `cannot be read: ${code}`
    throw new ConfigError([{ file: path, message: found }])
  }
}

const otherName = async (path: string): Promise<string> => {
  const names = await readdir(join(path, '..')).catch(() => [])
  const near = names.find((name) => /^(serfnode\.yaml|(docker-)?compose\.ya?ml)$/.test(name))
  if (near?.startsWith('serfnode')) return `; rename ${near} to ${SERFNODE_YML}`
  return '; "serfnode init" writes one'
}
