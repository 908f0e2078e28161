import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from '../../src/lib/files.ts'
import { aptInstall, hasApt } from './apt.ts'
import { type Docker, imageId } from './docker.ts'
import { SetupError } from './errors.ts'
import type { Arch } from './node-runtime.ts'
import { CACHE } from './paths.ts'
import { attempt, run } from './run.ts'
import type { Note, Steps } from './steps.ts'

const DEFAULT_BASE = 'debian:trixie-slim'
const PULL_TIMEOUT_MS = 180_000
// Without a registry Docker says so at once; a network that swallows packets should not cost more.
const FIRST_WORD_MS = 20_000

const pull = async (
  docker: Docker,
  name: string,
  { platform, note, signal }: { platform: string; note: Note; signal: AbortSignal },
): Promise<string | undefined> => {
  const silent = AbortSignal.timeout(FIRST_WORD_MS)
  let heard = false
  const abort = new AbortController()
  silent.addEventListener('abort', () => {
    if (!heard) abort.abort()
  })
  const args = ['pull', '--platform', platform, name]
  const options = {
    timeoutMs: PULL_TIMEOUT_MS,
    signal: AbortSignal.any([signal, abort.signal]),
    env: { DOCKER_HOST: `unix://${docker.socket}` },
    onLine: (line: string) => {
      heard = true
      note(line)
    },
  }
  const { code, stderr } = await attempt('docker', args, options)
  if (code === 0) return undefined
  return heard ? stderr.trim().split('\n').at(-1) : 'no answer in 20 s'
}

type Sources = { main: string | undefined; security: string | undefined }

/** The Debian mirrors an apt configuration names. */
export const mirrorsIn = (sources: string): Sources => {
  const uris = sources.match(/https?:\/\/\S+/g) ?? []
  const ends = (suffix: string) => uris.find((uri) => uri.replace(/\/$/, '').endsWith(suffix))
  return {
    main: ends('/debian'),
    security: ends('/debian-security'),
  }
}

const readMirrors = async (): Promise<Sources> => {
  const files = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/debian.sources']
  const texts = await Promise.all(files.map((file) => readIfThere(file)))
  const lines = texts.join('\n').split('\n')
  return mirrorsIn(lines.filter((line) => !line.trim().startsWith('#')).join('\n'))
}

const bootstrap = async (
  docker: Docker,
  name: string,
  { arch, note, signal }: { arch: Arch; note: Note; signal: AbortSignal },
): Promise<void> => {
  const present = await attempt('mmdebstrap', ['--version']).catch(() => undefined)
  if (present?.code !== 0) {
    await aptInstall(['mmdebstrap'], { optional: ['debian-archive-keyring'], note, signal })
  }
  await mkdir(CACHE, { recursive: true })
  const tar = join(CACHE, `base-${arch}.tar`)
  const { main, security } = await readMirrors()
  const debian = arch === 'x64' ? 'amd64' : arch
  const keyring = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg'
  const excluded = ['doc', 'locale', 'man'].map((d) => `--dpkgopt=path-exclude=/usr/share/${d}/*`)
  const empty = 'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*'
  const args = [
    '--variant=minbase',
    `--architectures=${debian}`,
    ...excluded,
    '--aptopt=Acquire::Languages "none"',
    `--customize-hook=${empty}`,
    'trixie',
    tar,
    // Without a mirror of this machine, mmdebstrap takes Debian's own.
    ...(main ? [`deb [${keyring}] ${main} trixie main`] : []),
    ...(main ? [`deb [${keyring}] ${main} trixie-updates main`] : []),
    ...(main && security ? [`deb [${keyring}] ${security} trixie-security main`] : []),
  ]
  await run('mmdebstrap', args, { timeoutMs: 900_000, onLine: note, signal })
  await docker(['import', '--platform', `linux/${debian}`, '--change', 'CMD ["bash"]', tar, name], {
    timeoutMs: 300_000,
    signal,
  })
  await rm(tar)
}

const explain = (reason: string): string => {
  if (process.getuid?.() !== 0) return `${reason}; to make it from Debian's archive, run as root`
  return `${reason}; to make it from Debian's archive, a Debian or Ubuntu machine is needed`
}

/**
 * The Debian image that `serfnode` is built from: SERFNODE_BASE, or Debian's from the registry, or
 * without one a base made from Debian's archive. Returns its name.
 */
export const ensureBase = async (
  { docker, arch, steps }: { docker: Docker; arch: Arch; steps: Steps },
  signal: AbortSignal,
): Promise<string> => {
  const wanted = process.env['SERFNODE_BASE']
  const suffix = arch === 'arm64' && process.arch !== 'arm64' ? '-arm64' : ''
  const own = `serfnode-base:trixie${suffix}`
  const platform = `linux/${arch === 'x64' ? 'amd64' : arch}`
  for (const name of wanted ? [wanted] : suffix === '' ? [DEFAULT_BASE, own] : [own]) {
    if ((await imageId(docker, name)) !== undefined) {
      steps.say(`ok   base image ${name}, there already`)
      return name
    }
  }
  const name = wanted ?? DEFAULT_BASE
  return steps.step('base image', async (note) => {
    const refused = await pull(docker, name, { platform, note, signal })
    signal.throwIfAborted()
    if (refused === undefined) {
      steps.say(`     base image ${name}: pulled`)
      // The name is for this machine's architecture.
      if (suffix !== '') await docker(['tag', name, own])
      if (suffix !== '') await docker(['rmi', name])
      return suffix === '' ? name : own
    }
    if (wanted) throw new SetupError('no_base', `pull SERFNODE_BASE ${wanted}: ${refused}`)
    if (process.getuid?.() !== 0 || !(await hasApt())) {
      throw new SetupError('no_base', `pull ${name}: ${explain(refused)}`)
    }
    await bootstrap(docker, own, { arch, note, signal })
    steps.say(`     base image ${own}: made from Debian's archive (no registry: ${refused})`)
    return own
  })
}
