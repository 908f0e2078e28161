import { readFile } from 'node:fs/promises'
import { LABEL } from '../../children/labels.ts'
import type { Loaded } from '../../config/load-settings.ts'
import type { Docker } from '../../docker/client.ts'
import { createLineSplitter } from '../../docker/log-lines.ts'
import { CliError } from '../cli-error.ts'
import {
  argument,
  type Context,
  defineCommand,
  jsonOption,
  listOption,
  option,
} from '../command.ts'
import { parseDuration } from '../duration.ts'
import { engineSocket } from '../engine-socket.ts'
import { renderAgentLine } from '../logs/log-line.ts'
import { printable } from '../printable.ts'
import { createProgress, type Progress } from '../progress.ts'
import { dockerRunLine, type NodeContainer } from '../run/docker-run-line.ts'
import { socketOnHost } from '../run/host-path.ts'
import { imageSettings } from '../run/image-project.ts'
import { startNode } from '../run/start-node.ts'
import { type StartResult, waitUp } from '../run/wait-up.ts'
import { type RunOptions, wantedNode } from '../run/wanted-node.ts'

type Options = RunOptions & { timeout: number; json?: boolean }

const SOCKET = '/var/run/docker.sock'

const requireImage = async (
  docker: Docker,
  image: string,
  progress: Progress,
  signal: AbortSignal,
) => {
  if ((await docker.inspectImage(image)) === undefined) {
    progress.say(`pulling ${image}`)
    const onProgress = ({ id, status }: { id?: string; status?: string }): void => {
      if (id === undefined || progress.rewrites) progress.say([id, status].join(': '))
    }
    await docker.pullImage(image, { onProgress, signal }).catch((cause: unknown) => {
      throw new CliError('failed', `start a node of ${image}`, {
        cause,
        hint: 'is the name right? docker images lists what is here; serfnode build makes one',
      })
    })
    progress.done()
  }
  const found = await docker.inspectImage(image)
  if (found?.Config.Labels[LABEL.image] === undefined) {
    throw new CliError('usage', `start a node of ${image}: it is not built on serfnode`, {
      hint: `name it in a serfnode.yml and build that: serfnode init, serfnode build -t NAME`,
    })
  }
  return found
}

const readYaml = async (path: string | undefined) => {
  if (path === undefined) return undefined
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError('usage', `read ${path}: ${code === 'ENOENT' ? 'no such file' : code}`)
  }
}

const asRecord = (entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    entries.map((entry): [string, string] => {
      const [name = '', ...value] = entry.split('=')
      return [name, value.join('=')]
    }),
  )

const check = async (docker: Docker, node: NodeContainer, imageEnv: string[]): Promise<Loaded> => {
  const env = { ...asRecord(imageEnv), ...asRecord(node.env) }
  // The token's file comes by a mount: only the node itself can read it.
  delete env['SERFNODE_TOKEN_FILE']
  const yaml = await readYaml(node.yaml)
  const mounted = node.volumes.map((volume) => {
    const [first = '', second] = volume.split(':')
    return second ?? first
  })
  return imageSettings(docker, { image: node.image, env, mounted, ...(yaml && { yaml }) })
}

/** The end of a node's log, on stderr. */
const showTail = async (docker: Docker, id: string, { err }: Context): Promise<void> => {
  const splitter = createLineSplitter()
  const print = (text: string): void => err.line(`  ${renderAgentLine(text, err)}`)
  for await (const { stream, data } of docker.logs(id, { tail: 20, timestamps: true })) {
    for (const { text } of splitter.push(stream, data)) print(text)
  }
  for (const { text } of splitter.end()) print(text)
}

const explainFailure = async (
  docker: Docker,
  { id, name }: { id: string; name: string },
  result: Exclude<StartResult, { type: 'up' | 'interrupted' }>,
  context: Context,
): Promise<CliError> => {
  const [first = 'it is not up yet'] = result.type === 'late' ? result.warnings : []
  if (result.type === 'ended' || result.warnings.length === 0) {
    context.err.line('the last lines of its log:')
    await showTail(docker, id, context)
  }
  if (result.type === 'late') {
    return new CliError('failed', `start node ${name}: ${first}`, {
      hint: `it keeps trying: serfnode logs -f ${name}; to give up: serfnode rm ${name}`,
    })
  }
  // It never was a member: nothing of it is worth keeping, and its policy would start it for ever.
  await docker.removeContainer(id, { force: true, volumes: true })
  const { exitCode } = result
  const code = exitCode === 2 ? 'configuration' : 'failed'
  return new CliError(code, `start node ${name}: it ended with ${exitCode} and was removed`, {
    hint: 'its log above says why',
  })
}

export const run = defineCommand<Options>({
  summary: 'start a node and print its address',
  description:
    "Mounts the engine's socket and publishes gossip (port 7946, or the next free one) and the ports of the image's serfnode.yml. Settings are checked before anything is started. The docker run line that does the same goes to stderr. The variables of a node: serfnode --help",
  arguments: [
    argument('<image>', 'an image built on serfnode'),
    argument('[yaml]', "a serfnode.yml to use in place of the image's"),
  ],
  options: [
    option('--name <name>', "the container's name"),
    option('--role <role>', 'what the node is for; other nodes find it by this name'),
    listOption('--peer <peer>', 'where the cluster is: address, name or token (may be repeated)'),
    option('--cluster <name>', 'the name of the cluster'),
    listOption('-p, --publish <port>', "publish a port, in Docker's words (may be repeated)"),
    listOption('-e, --env <variable>', 'set a variable, NAME=VALUE or NAME (may be repeated)'),
    listOption('-v, --volume <volume>', "mount a volume, in Docker's words (may be repeated)"),
    listOption('-l, --label <label>', 'a label of the container (may be repeated)'),
    option('--network <network>', 'the network of the node'),
    option('--restart <policy>', 'what Docker does when the node ends').default('unless-stopped'),
    option('--timeout <time>', 'how long to wait until it is up')
      .argParser(parseDuration)
      .default(60_000, '60s'),
    jsonOption(),
  ],
  examples: [
    ['serfnode run my_db --name db --role mysql', 'the first node of a cluster'],
    ['serfnode run my_web --role web --peer db -p 8080:80', 'another one that finds it'],
    ['serfnode run serfnode ./serfnode.yml', 'no image of its own: the YAML is mounted'],
  ],
  place: 'anywhere',
  run: async (options, context) => {
    const { out, err, signal, env, cwd } = context
    const wanted = wantedNode(options, { cwd, env })
    const docker = await context.docker()
    const progress = createProgress(err)
    const image = await requireImage(docker, wanted.image, progress, signal)
    const { settings, warnings } = await check(docker, wanted, image.Config.Env)
    for (const warning of warnings) {
      err.line(`${err.paint('yellow', 'warning:')} ${printable(warning)}`)
    }
    const socket = await socketOnHost(docker, engineSocket(env))
    const mounts = [`${socket}:${SOCKET}`, ...wanted.volumes]
    const { id, node } = await startNode(docker, { ...wanted, volumes: mounts }, settings)
    const name = (await docker.inspectContainer(id)).Name.slice(1)
    err.line(dockerRunLine({ ...node, name }))

    const result = await waitUp(docker, id, { timeoutMs: options.timeout, progress, signal })
    progress.done()
    if (result.type === 'up') {
      const { address } = result
      out.line(options.json ? JSON.stringify({ id, container: name, address }) : address)
      return 0
    }
    if (result.type === 'interrupted') {
      err.line(`node ${name} goes on starting; to give up: serfnode rm ${name}`)
      return 130
    }
    throw await explainFailure(docker, { id, name }, result, context)
  },
})
