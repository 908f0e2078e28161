import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serfnodeSchema } from '../../config/serfnode-yml.ts'
import { CliError } from '../cli-error.ts'
import { argument, defineCommand } from '../command.ts'

type Options = { dir?: string }

/** The schema that the template's first line points editors to; made, so that it cannot be stale. */
const SCHEMA_FILE = 'serfnode.schema.json'

// Beside the bundle in the image, at the top of a checkout.
const templatesDir = (): string => {
  const places = ['./templates/', '../../../templates/']
  const found = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((place) => existsSync(join(place, 'serfnode.yml')))
  if (found) return found
  throw new CliError('failed', 'find the templates: this installation of Serfnode lacks them')
}

const filesBelow = async (dir: string): Promise<string[]> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => relative(dir, join(parentPath, name))).sort()
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

export const init = defineCommand<Options>({
  summary: 'write a small commented project to begin with',
  description: 'Never overwrites: when one of its files is there, nothing is written.',
  arguments: [argument('[dir]', 'where; default: the current folder, made when missing')],
  options: [],
  examples: [
    ['serfnode init my_node', 'write serfnode.yml and a Dockerfile into ./my_node'],
    ['docker run --rm -v $PWD:$PWD -w $PWD serfnode init', 'with nothing but Docker'],
  ],
  place: 'anywhere',
  run: async ({ dir = '.' }, { cwd, out }) => {
    const target = resolve(cwd, dir)
    const templates = templatesDir()
    const texts = new Map<string, string>()
    for (const name of await filesBelow(templates)) {
      texts.set(name, await readFile(join(templates, name), 'utf8'))
    }
    texts.set(SCHEMA_FILE, `${JSON.stringify(serfnodeSchema(), null, 2)}\n`)

    const there: string[] = []
    for (const name of texts.keys()) if (await isThere(join(target, name))) there.push(name)
    if (there.length > 0) {
      throw new CliError('exists', `write a project into ${dir}: ${there.join(', ')} exist there`, {
        hint: 'nothing was written; choose another folder: serfnode init DIR',
      })
    }
    await mkdir(target, { recursive: true })
    for (const [name, text] of texts) {
      await mkdir(dirname(join(target, name)), { recursive: true })
      // A script that is a handler has to be executable, whatever became of the template's mode.
      const mode = text.startsWith('#!') ? 0o777 : 0o666
      await writeFile(join(target, name), text, { flag: 'wx', mode })
      out.line(relative(cwd, join(target, name)) || name)
    }
    return 0
  },
})
