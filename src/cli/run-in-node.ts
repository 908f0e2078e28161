import type { Docker } from '../docker/client.ts'
import { CliError } from './cli-error.ts'
import type { Context } from './command.ts'
import { type EngineNode, findNodes, nodeToAsk } from './nodes.ts'
import { readStdin } from './read-stdin.ts'

const CLI = '/usr/local/bin/serfnode'
const CAPTURE_MS = 10_000

/** `argv` without `--node NAME`, which is answered here; what follows `--` stays as it is. */
export const withoutNode = (argv: readonly string[]): string[] => {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const ours = argv.slice(0, end).filter((word, at, words) => {
    return !word.startsWith('--node=') && word !== '--node' && words[at - 1] !== '--node'
  })
  return [...ours, ...argv.slice(end)]
}

// The terminal is here, so what the command should know of it goes along.
const terminal = ({ out, env }: Pick<Context, 'out' | 'env'>): string[] => {
  const plain = out.paint('bold', 'x') === 'x'
  return [
    ...(out.columns === undefined ? [] : [`COLUMNS=${out.columns}`]),
    plain ? 'NO_COLOR=1' : 'FORCE_COLOR=1',
    ...(env['TERM'] ? [`TERM=${env['TERM']}`] : []),
  ]
}

/** What a command line prints inside a node. Rejects with CliError `failed`, its own words in it. */
export const captureInNode = async (
  docker: Docker,
  { containerId, container }: EngineNode,
  argv: readonly string[],
  context: Pick<Context, 'out' | 'env' | 'signal'>,
): Promise<string> => {
  const { exitCode, stdout, stderr } = await docker.exec(containerId, {
    cmd: [CLI, ...argv],
    env: terminal(context),
    timeoutMs: CAPTURE_MS,
    signal: context.signal,
  })
  if (exitCode === 0) return stdout
  const why = stderr.replace(/^error: /, '').trim() || `exit ${exitCode}`
  throw new CliError('failed', `look into node ${container}: ${why}`)
}

/**
 * Runs the same command line inside a node of this engine, output passing through as it comes, and
 * resolves to its exit code.
 */
export const runInNode = async (
  argv: readonly string[],
  { node: wanted, stdin }: { node: unknown; stdin: boolean },
  context: Context,
): Promise<number> => {
  const docker = await context.docker()
  const node = nodeToAsk(await findNodes(docker), typeof wanted === 'string' ? wanted : undefined)
  const stream = await docker.execStream(node.containerId, {
    cmd: [CLI, ...withoutNode(argv)],
    env: terminal(context),
    ...(stdin && { stdin: await readStdin(context.stdin) }),
    signal: context.signal,
  })
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  for await (const { stream: name, data } of stream.output) {
    const screen = name === 'stdout' ? context.out : context.err
    screen.write(decoders[name].decode(data, { stream: true }))
  }
  return context.signal.aborted ? 130 : stream.exitCode()
}
