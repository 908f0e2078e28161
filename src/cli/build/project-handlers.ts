import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import type { Project } from '../../config/project.ts'
import { findHandlers } from '../../handlers/find-handlers.ts'

export const HANDLERS_FOLDER = 'handlers'

/** The handlers of a project; paths are relative to its folder. */
export type ProjectHandlers = {
  hasFolder: boolean
  /** All of their files, also of those that are not run: the node looks for what its YAML names. */
  files: string[]
  /** Those that are modules. */
  modules: string[]
  /** What the node would not run. */
  warnings: string[]
}

/** The handlers in the folder `handlers` of the project in `dir`, and those that its YAML names. */
export const projectHandlers = async (
  dir: string,
  written: Project['handlers'] = [],
): Promise<ProjectHandlers> => {
  const folder = join(dir, HANDLERS_FOLDER)
  const found = await stat(folder).catch(() => undefined)
  // What an absolute path names is in the image already.
  const own = written.filter(({ file }) => !relative(dir, file).startsWith('..'))
  const { specs, warnings } = await findHandlers(folder, own)
  for (const { file } of specs.filter((spec) => dirname(spec.file) === folder)) {
    if (!(await leadsOut(folder, file))) continue
    warnings.push(
      `handler ${basename(file)} is a link: what it points to has to be in the image too`,
    )
  }
  return {
    hasFolder: found?.isDirectory() ?? false,
    files: [...new Set([...own, ...specs].map(({ file }) => relative(dir, file)))],
    modules: specs.filter(({ kind }) => kind === 'module').map(({ file }) => relative(dir, file)),
    warnings,
  }
}

/** A folder is copied with its links as they are. */
const leadsOut = async (folder: string, file: string): Promise<boolean> =>
  relative(await realpath(folder), await realpath(file)).startsWith('..')
