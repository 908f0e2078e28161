import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { ConfigError, formatProblem } from '../../config/config-error.ts'
import { type Project, readProject, readProjectFile } from '../../config/project.ts'
import { argument, defineCommand, jsonOption } from '../command.ts'
import { printable } from '../printable.ts'

type Options = { path?: string; json?: boolean }

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** The project at `path`, a folder or a YAML file. Throws ConfigError, with paths as given. */
export const readProjectAt = async (cwd: string, path: string): Promise<Project> => {
  const whole = resolve(cwd, path)
  const shown = relative(cwd, whole) || '.'
  // From here on up the path gets longer than the whole one.
  const known = shown.startsWith('..') || cwd !== process.cwd() ? whole : shown
  return (await isFolder(whole)) || !/\.ya?ml$/.test(path)
    ? readProject(known)
    : readProjectFile(known)
}

export const validate = defineCommand<Options>({
  summary: 'check a serfnode.yml',
  description:
    'Problems are printed one a line as FILE:LINE:COLUMN: MESSAGE, and the exit code is 2.',
  arguments: [argument('[path]', 'a folder or a file; default: the current folder')],
  options: [jsonOption()],
  examples: [
    ['serfnode validate', 'check ./serfnode.yml'],
    ['serfnode validate web/serfnode.yml --json', 'for an editor or a pipeline'],
  ],
  place: 'anywhere',
  run: async ({ path = '.', json }, { cwd, out, err }) => {
    try {
      const { path: file, role, children, expose, warnings } = await readProjectAt(cwd, path)
      const names = children.map(({ name }) => name)
      if (json) {
        const found = { ok: true, file, role, children: names, expose, warnings }
        out.line(JSON.stringify(found, null, 2))
      } else {
        for (const warning of warnings) err.line(`${err.paint('yellow', 'warning:')} ${warning}`)
        const what = names.length > 0 ? `children ${names.join(', ')}` : 'no children'
        out.line(`${out.paint('green', 'OK')} ${printable(`${file}: role ${role}, ${what}`)}`)
      }
      return 0
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      if (json) out.line(JSON.stringify({ ok: false, problems: error.problems }, null, 2))
      else for (const problem of error.problems) out.line(printable(formatProblem(problem)))
      return 2
    }
  },
})
