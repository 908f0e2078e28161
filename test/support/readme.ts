import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

export type Shown = { command: string; output: string[] }

/** The console blocks below a `tour` mark: every command with the output that stands below it. */
export const readTour = (text = readFileSync(join(ROOT, 'README.md'), 'utf8')): Shown[] =>
  [...text.matchAll(/<!-- tour -->\n```console\n([\s\S]*?)```/g)].flatMap(([, block = '']) => {
    const shown: Shown[] = []
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] })
      else shown.at(-1)?.output.push(line)
    }
    return shown
  })

/** What differs from run to run taken out: numbers, ids, the order of tags, the width of columns. */
export const shapeOf = (line: string): string =>
  line
    .replace(/\b\w+=\S+/g, (tags) => tags.split(',').sort().join(','))
    .replace(/\b(\d+[smhd])+\b/g, '#')
    .replace(/([-.])[0-9a-f]{6}\b/g, '$1#')
    .replace(/\d+(\.\d+)*/g, '#')
    .replace(/\s+/g, ' ')
    .trim()

/** Runs one command as it stands, in the checkout, and gives its output and exit code. */
export const runShown = (command: string): Promise<{ code: number; output: string }> =>
  new Promise((done) => {
    const plain = {
      npm_config_loglevel: 'error',
      npm_config_update_notifier: 'false',
      // Npm turns a wheel on a terminal, where it is not in CI.
      npm_config_progress: 'false',
      NO_COLOR: '1',
    }
    const env = { ...process.env, ...plain, COLUMNS: '100', SHELL: '/bin/sh' }
    const options = { cwd: ROOT, env, timeout: 120_000 }
    // On a terminal, as a reader has it.
    const onTerminal = ['-qec', command, '/dev/null']
    execFile('script', onTerminal, options, (error, stdout) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
      done({ code, output: stdout.replaceAll('\r\n', '\n') })
    })
  })
