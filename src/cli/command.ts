import { Argument, Option } from 'commander'
import type { Docker } from '../docker/client.ts'
import type { Screen } from './screen.ts'

/** Standard input; `setRawMode` where it is a terminal. */
export type Stdin = AsyncIterable<Uint8Array> & {
  isTTY?: boolean
  setRawMode?(on: boolean): unknown
}

/** What a command may touch; nothing in it is opened before it is asked for. */
export type Context = {
  env: NodeJS.ProcessEnv
  cwd: string
  stdin: Stdin
  out: Screen
  err: Screen
  /** Aborts on Ctrl-C and SIGTERM. */
  signal: AbortSignal
  /** Whether this process runs inside a node. */
  inNode: boolean
  /** The folder of the node's run-time files, `/run/serfnode`. */
  runDir: string
  /** The engine of DOCKER_HOST or of this machine. Rejects with CliError `usage`. */
  docker(): Promise<Docker>
}

/** One command of `serfnode`: a file under `commands/`. */
export type Command = {
  /** One line, for the list of commands. */
  summary: string
  /** More, for its own help. */
  description?: string
  arguments: Argument[]
  options: Option[]
  /** Command lines, with what they do. */
  examples: [line: string, meaning: string][]
  /** `node`: about one node, so it runs inside that node wherever it was called. */
  place: 'node' | 'anywhere'
  /** Whether it reads stdin, which then has to travel into the node. */
  readsStdin?(options: Record<string, unknown>): boolean
  /** Resolves to the exit code; nothing means 0. */
  run(options: never, context: Context): Promise<number | undefined>
}

/** A command whose `run` gets its arguments and options by their names, as `Options` lists them. */
export const defineCommand = <Options>(
  command: Omit<Command, 'run'> & {
    run(options: Options, context: Context): Promise<number | undefined>
  },
): Command => command as Command

export const argument = (name: string, description: string): Argument =>
  new Argument(name, description)

export const option = (flags: string, description: string): Option => new Option(flags, description)

/** An option that may stand several times, for a list. */
export const listOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((value: string, before: string[] = []) => [
    ...before,
    value,
  ])

export const jsonOption = (): Option => new Option('--json', 'print JSON, for programs')

export const nodeOption = (): Option =>
  new Option('--node <name>', 'the node to ask: container name, id or node name')
