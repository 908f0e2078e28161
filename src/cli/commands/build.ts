import { stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { readProject, SERFNODE_YML } from '../../config/project.ts'
import type { Docker } from '../../docker/client.ts'
import { isDockerError } from '../../docker/errors.ts'
import { readIfThere } from '../../lib/files.ts'
import { buildContext } from '../build/context.ts'
import { dockerfileOf, notCopied, withExpose, withFiles } from '../build/dockerfile.ts'
import { planHandlers } from '../build/plan-handlers.ts'
import { HANDLERS_FOLDER } from '../build/project-handlers.ts'
import { showBuild } from '../build/show-build.ts'
import { CliError } from '../cli-error.ts'
import { argument, type Context, defineCommand, jsonOption, option } from '../command.ts'
import { printable } from '../printable.ts'

type Options = {
  dir?: string
  tag: string
  from?: string
  pull?: boolean
  cache: boolean
  json?: boolean
}

/** `registry:5000/team/my_web:1` is the project `my_web`. */
export const projectName = (tag: string): string => basename(tag.replace(/[:@][^/]*$/, ''))

const plan = async (dir: string, from: string | undefined) => {
  const written = await readIfThere(join(dir, 'Dockerfile'))
  const hasYaml = (await readIfThere(join(dir, SERFNODE_YML)).catch(() => '')) !== undefined
  // A Dockerfile may get its YAML from elsewhere; without one there must be a project here.
  const project = hasYaml || written === undefined ? await readProject(dir) : undefined
  if (written !== undefined && from !== undefined) {
    throw new CliError('usage', `--from ${from}: ${dir} has a Dockerfile, which says its FROM`)
  }
  const code = await planHandlers(dir, project?.handlers, written)
  const files = project ? [SERFNODE_YML, ...project.files.map((file) => relative(dir, file))] : []
  const inFolder = (file: string): boolean => file.startsWith(`${HANDLERS_FOLDER}/`)
  const others = [...code.files, ...Object.keys(code.bundles)].filter((file) => !inFolder(file))
  const named = [...new Set([...files, ...others])]
  // A node does not start when a file that its YAML names is not there.
  const beside = named.filter((file) => file !== SERFNODE_YML && !file.startsWith('..'))
  const added = written === undefined ? [] : notCopied(written, beside)
  const text =
    written === undefined
      ? dockerfileOf({
          from: from ?? 'serfnode',
          files: named,
          folders: code.hasFolder ? [HANDLERS_FOLDER] : [],
        })
      : withFiles(written, added)
  return {
    warnings: [...(project?.warnings ?? []), ...code.warnings],
    replaced: { Dockerfile: withExpose(text, project?.expose ?? []), ...code.bundles },
    always: written === undefined ? [...new Set([...files, ...code.files])] : added,
  }
}

const assertFolder = async (dir: string, shown: string): Promise<void> => {
  const found = await stat(dir).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new CliError('usage', `build ${shown}: ${found ? 'it is no folder' : 'no such folder'}`)
}

const buildIt = async (
  docker: Docker,
  { dir, tag, pull, cache }: Options & { dir: string },
  { replaced, always }: Awaited<ReturnType<typeof plan>>,
  { err, signal }: Context,
): Promise<string> => {
  const progress = showBuild(err)
  try {
    return await docker.buildImage(
      buildContext({ dir, always, replaced }),
      {
        tag,
        labels: {
          'io.serfnode.project': projectName(tag),
          'org.opencontainers.image.title': projectName(tag),
        },
        ...(pull && { pull }),
        ...(!cache && { noCache: true }),
      },
      { onProgress: progress.line, signal },
    )
  } catch (cause) {
    if (!isDockerError(cause) || cause.code === 'unreachable' || cause.code === 'denied')
      throw cause
    const step = cause.facts['step'] ?? progress.step()
    const words = String(cause.facts['message'] ?? cause.message)
    const at = step === undefined ? '' : ` at ${String(step)}`
    const missing = cause.code === 'not-found' || /no such host|connection refused/i.test(words)
    throw new CliError('failed', `build ${tag}${at}: ${words}`, {
      ...(missing && {
        hint: 'an image it builds on is not on this engine: build or load it; --from names another',
      }),
    })
  } finally {
    progress.done()
  }
}

export const build = defineCommand<Options>({
  summary: 'make an image of a project',
  description: `Checks ${SERFNODE_YML} first, then builds DIR/Dockerfile, or FROM serfnode with the YAML and handlers/ when there is none. Other files that the YAML names are copied where the Dockerfile does not, and its ports exposed. Handler modules are type-checked and bundled where esbuild and TypeScript are installed.`,
  arguments: [argument('[dir]', 'the project; default: the current folder')],
  options: [
    option('-t, --tag <name>', "the image's name").makeOptionMandatory(),
    option('--from <image>', 'what to build on; default: serfnode'),
    option('--pull', 'ask the registry for a newer base'),
    option('--no-cache', 'do every step again'),
    jsonOption(),
  ],
  examples: [
    ['serfnode build -t my_web', 'make my_web of the current folder'],
    ['serfnode build web -t my_web --from registry.example/serfnode:1', 'on a base of your own'],
  ],
  place: 'anywhere',
  run: async (options, context) => {
    const shown = options.dir ?? '.'
    const dir = resolve(context.cwd, shown)
    await assertFolder(dir, shown)
    const planned = await plan(dir, options.from)
    const { err, out } = context
    for (const warning of planned.warnings) {
      err.line(`${err.paint('yellow', 'warning:')} ${printable(warning)}`)
    }
    const docker = await context.docker()
    const id = await buildIt(docker, { ...options, dir }, planned, context)
    const { tag } = options
    out.line(options.json ? JSON.stringify({ image: tag, id }) : tag)
    return 0
  },
})
