import { spawn } from 'node:child_process'
import { docker } from './docker.ts'
import { eventually } from './eventually.ts'
import { ROOT } from './readme.ts'

export const NODES = ['ipython1', 'ipython2', 'rabbit']
export const CHILDREN = ['ipython_app_ipython1', 'ipython_app_ipython2', 'rabbitmq_app_rabbit']

/** A program that runs, and what it has printed so far. */
export type Running = {
  said: () => string
  type: (keys: string) => void
  /** Resolves to the exit code. */
  ended: Promise<number>
}

export const begin = (
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Running => {
  const options = { cwd: ROOT, env: { ...process.env, ...env } }
  const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  let text = ''
  for (const out of [child.stdout, child.stderr]) {
    out.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  return { said: () => text, type: (keys) => child.stdin.write(keys), ended }
}

/** A line as typed at a terminal: with a pty of its own. */
export const atTerminal = (line: string, env: Record<string, string> = {}): Running =>
  begin('script', ['-qfec', line, '/dev/null'], env)

export const untilPrinted = (program: Running, what: RegExp, within = 30_000): Promise<void> =>
  eventually(
    () => {
      if (!what.test(program.said())) throw new Error(`not ${what} but:\n${program.said()}`)
    },
    { within },
  )

/** Containers with the demo's names, somebody's demo perhaps. */
export const taken = async (): Promise<string[]> => {
  const filters = [...NODES, ...CHILDREN].flatMap((name) => ['--filter', `name=^/${name}$`])
  const names = await docker('ps', '-a', '--format', '{{.Names}}', ...filters)
  return names.split('\n').filter(Boolean).sort()
}

/** Volumes that containers of the demo use now. */
export const volumesInUse = async (): Promise<string[]> => {
  const format = '{{range .Mounts}}{{println .Name}}{{end}}'
  const names = await docker('inspect', '--format', format, ...(await taken()))
  return [...new Set(names.split('\n').filter(Boolean))]
}

export const volumesLeft = async (volumes: string[]): Promise<string[]> => {
  const left = (await docker('volume', 'ls', '-q')).split('\n')
  return volumes.filter((name) => left.includes(name))
}
