import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inside } from './docker.ts'

/** Writes handlers into `folder`; gives the arguments that mount it. What has a `#!` is executable. */
export const handlerFiles = (folder: string, files: Readonly<Record<string, string>>): string[] => {
  const dir = join(folder, 'handlers')
  mkdirSync(dir)
  chmodSync(dir, 0o755)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), text)
    chmodSync(join(dir, name), text.startsWith('#!') ? 0o755 : 0o644)
  }
  return ['-v', `${dir}:/handlers:ro`]
}

export type Process = { pid: string; uid: number; command: string; rssKb: number }

/** The processes in a node that run under a handler's uid. */
export const handlerProcesses = async (node: string): Promise<Process[]> => {
  const script = `for p in /proc/[0-9]*; do
    uid=$(stat -c %u $p 2>/dev/null) && [ "$uid" -ge 60100 ] || continue
    rss=$(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' $p/status)
    echo "$(basename $p) $uid $rss $(tr '\\0' ' ' < $p/cmdline)"
  done`
  const lines = (await inside(node, 'sh', '-c', script)).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [pid = '', uid = '', rss = '', ...command] = line.split(' ')
    return { pid, uid: Number(uid), rssKb: Number(rss), command: command.join(' ') }
  })
}
