import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'

export type StartSerfOptions = {
  /** Unique unless given. */
  name?: string
  tags?: Record<string, string>
  /** Serf's `rpc_auth`. */
  authKey?: string
  /** Base64 of 16, 24 or 32 bytes. */
  encryptKey?: string
  /** `local` unless given, since it is quickest. */
  profile?: 'lan' | 'wan' | 'local'
  /** Any other key of Serf's configuration file. */
  config?: Record<string, unknown>
}

export type RunningSerf = {
  name: string
  pid: number
  rpcPort: number
  /** Where it gossips: what others join. */
  address: string
  log: () => string
  kill: (signal?: NodeJS.Signals) => void
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  [Symbol.asyncDispose]: () => Promise<void>
}

/** The real serf, as the image has it; the test runner puts it there. */
export const serfBinary = (): string =>
  process.env['SERF_BINARY'] ?? join(import.meta.dirname, '../../.cache/serf/serf')

/** Starts a real agent on loopback and waits until it runs. It dies with this process. */
export const startSerf = async (options: StartSerfOptions = {}): Promise<RunningSerf> => {
  await access(serfBinary()).catch((cause) => {
    throw new Error(`no serf at ${serfBinary()}: npm test puts it there`, { cause })
  })
  // Free ports cannot be reserved for another process, so a clash is met by other ports.
  for (let attempt = 0; ; attempt += 1) {
    const started = await tryStart(options)
    if ('serf' in started) return started.serf
    if (attempt === 5 || !/address already in use/.test(started.log)) {
      throw new Error(`serf ended at once:\n${started.log}`)
    }
  }
}

const tryStart = async (
  options: StartSerfOptions,
): Promise<{ serf: RunningSerf } | { log: string }> => {
  const [gossipPort, rpcPort] = [randomPort(), randomPort()]
  const name = options.name ?? `test-${gossipPort}-${rpcPort}`
  const directory = await mkdtemp(join(tmpdir(), 'serfnode-test-serf-'))
  const file = join(directory, 'config.json')
  const config = {
    node_name: name,
    bind: `127.0.0.1:${gossipPort}`,
    rpc_addr: `127.0.0.1:${rpcPort}`,
    rpc_auth: options.authKey,
    encrypt_key: options.encryptKey,
    tags: options.tags,
    profile: options.profile ?? 'local',
    log_level: 'debug',
    ...options.config,
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })

  const args = ['--pdeathsig', 'KILL', serfBinary(), 'agent', `-config-file=${file}`]
  const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  const keep = (chunk: Buffer) => {
    log += chunk
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const exited = exitOf(child)
  try {
    await eventually(() => {
      if (child.exitCode === null && !log.includes('Serf agent running')) {
        throw new Error(`serf is not running yet:\n${log}`)
      }
    })
  } finally {
    await rm(directory, { recursive: true })
  }
  if (child.exitCode !== null) return { log }
  return {
    serf: {
      name,
      pid: child.pid!,
      rpcPort,
      address: `127.0.0.1:${gossipPort}`,
      log: () => log,
      kill: (signal = 'SIGKILL') => {
        child.kill(signal)
      },
      exited,
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL')
        await exited
      },
    },
  }
}

const exitOf = (child: ChildProcess): RunningSerf['exited'] =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })

// Below the ports that the kernel gives to outgoing connections.
const randomPort = (): number => 15_000 + Math.floor(Math.random() * 17_000)
