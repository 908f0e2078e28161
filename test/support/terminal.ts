import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './readme.ts'

const HOME = '\u001b[H'
const STYLES = /\u001b\[[0-9;?]*[A-Za-z]/g

/** A `serfnode` command line on a real terminal (a pty of util-linux's script). */
export const onTerminal = (
  argv: readonly string[],
  size: { columns: number; rows: number },
  more: NodeJS.ProcessEnv = {},
) => {
  const cli = ['node', join(ROOT, 'bin/serfnode.mjs'), ...argv].map((word) => `'${word}'`).join(' ')
  const command = `echo at $(tty) $$; stty cols ${size.columns} rows ${size.rows}; exec ${cli}`
  const { COLUMNS: _, ...others } = process.env
  const env = { ...others, TERM: 'xterm', SHELL: '/bin/sh', ...more }
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)))
  const place = (): [tty: string, pid: number] => {
    const [, tty, pid] = /at (\S+) (\d+)/.exec(output) ?? []
    if (tty === undefined) throw new Error(`no terminal yet: ${output}`)
    return [tty, Number(pid)]
  }
  return {
    /** All that was written to the terminal. */
    output: () => output,
    /** The lines that stand there now, without their colours. */
    lines: (): string[] =>
      output.slice(output.lastIndexOf(HOME)).replace(STYLES, '').split(/\r*\n/),
    type: (keys: string) => child.stdin.write(keys),
    resize: ({ columns, rows }: { columns: number; rows: number }) =>
      execFileSync('stty', ['-F', place()[0], 'cols', `${columns}`, 'rows', `${rows}`]),
    kill: (signal: NodeJS.Signals) => process.kill(place()[1], signal),
    /** Resolves to the exit code. */
    ended,
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  }
}
