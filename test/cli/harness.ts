import { Readable } from 'node:stream'
import type { Context } from '../../src/cli/command.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { createScreen, type Screen } from '../../src/cli/screen.ts'
import { connectDocker } from '../../src/docker/client.ts'

export type Ran = { code: number; stdout: string; stderr: string }

type World = Partial<Pick<Context, 'cwd' | 'env' | 'docker' | 'inNode' | 'runDir' | 'signal'>> & {
  columns?: number
  stdin?: string
  /** Told all of stdout so far, whenever there is more. */
  onOutput?: (text: string) => void
}

/** A screen that remembers; `columns` as COLUMNS would give it. */
const memoryScreen = (
  columns: number | undefined,
  onOutput?: (text: string) => void,
): Screen & { text: () => string } => {
  let text = ''
  const output = {
    write: (part: string): void => {
      text += part
      onOutput?.(text)
    },
  }
  const env = columns === undefined ? {} : { COLUMNS: String(columns) }
  // Only `write` is ever called of an output that is no terminal.
  return { ...createScreen(output as never, env), text: () => text }
}

/** Runs a command line in this process, as `serfnode` would. */
export const serfnode = async (argv: readonly string[], world: World = {}): Promise<Ran> => {
  const { columns, stdin = '', onOutput, ...given } = world
  const out = memoryScreen(columns, onOutput)
  const err = memoryScreen(columns)
  const code = await runCli(argv, {
    env: {},
    cwd: process.cwd(),
    stdin: Readable.from([Buffer.from(stdin)]),
    out,
    err,
    signal: AbortSignal.timeout(120_000),
    inNode: false,
    runDir: '/nowhere',
    docker: async () => connectDocker({ socketPath: '/var/run/docker.sock' }),
    ...given,
  })
  return { code, stdout: out.text(), stderr: err.text() }
}
