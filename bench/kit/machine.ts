import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { ROOT } from '../../scripts/setup/paths.ts'
import { attempt } from '../../scripts/setup/run.ts'
import { docker } from '../../test/support/docker.ts'

/** On what the figures were taken. */
export type Machine = Record<string, string>

const git = async (...args: string[]): Promise<string | undefined> => {
  const ran = await attempt('git', args, { cwd: ROOT }).catch(() => undefined)
  return ran?.code === 0 ? ran.stdout.trim() : undefined
}

const commit = async (): Promise<string> => {
  const hash = await git('rev-parse', '--short', 'HEAD')
  if (hash === undefined) return 'unknown'
  return (await git('status', '--porcelain')) === '' ? hash : `${hash} with changes`
}

const system = (): string => {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  } catch {
    return 'unknown'
  }
}

export const describeMachine = async (image: string, now: Date): Promise<Machine> => {
  const [cpu] = cpus()
  const [load = 0] = loadavg()
  const inImage = [
    'run',
    '--rm',
    '--network',
    'none',
    '--entrypoint',
    '/usr/local/bin/node',
    image,
    '--version',
  ]
  return {
    date: now.toISOString().slice(0, 16).replace('T', ' '),
    commit: await commit(),
    image: `${image} ${(await docker('image', 'inspect', '-f', '{{.Id}}', image)).slice(7, 19)}`,
    cpu: `${cpus().length} x ${cpu?.model ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${system()}, Linux ${release()}`,
    engine: await docker('version', '-f', '{{.Server.Version}}'),
    storage: await docker('info', '-f', '{{.Driver}}, cgroup v{{.CgroupVersion}}'),
    node: `${process.version} here, ${await docker(...inImage)} in the image`,
    'load before': load.toFixed(2),
  }
}
