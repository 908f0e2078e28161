import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from '../../src/lib/files.ts'
import { pause } from '../../src/lib/wait.ts'
import { probeEngine } from './engine-socket.ts'
import { SetupError } from './errors.ts'

/** Where a dockerd started by hand lives. */
export type OwnEngine = {
  socket: string
  /** Its pid file and log; says whether a running dockerd is ours. */
  folder: string
  /** More arguments for dockerd. */
  args: string[]
}

/** For whom it runs: the demo's outlives its command, a test run ends what it started. */
export type Purpose = 'demo' | 'test'

export const ownEngine = (purpose: Purpose): OwnEngine => ({
  socket: '/var/run/docker.sock',
  folder: `/var/run/serfnode-${purpose}`,
  args: [],
})

const READY_WITHIN_MS = 30_000
const STOPPED_WITHIN_MS = 30_000

/** A root shell may lack the folders dockerd and its helpers live in. */
export const systemPath = (): string => `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`

const pidFile = ({ folder }: OwnEngine) => join(folder, 'dockerd.pid')
const logFile = ({ folder }: OwnEngine) => join(folder, 'dockerd.log')

/** The process id of the dockerd we started, when it still runs. */
export const ownEnginePid = async (own: OwnEngine): Promise<number | undefined> => {
  // Whoever may not read it did not start it.
  const pid = Number((await readIfThere(pidFile(own)).catch(() => undefined)) ?? 0)
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  // The number may belong to another process by now: only a dockerd with our pid file is ours.
  const commandLine = (await readIfThere(`/proc/${pid}/cmdline`).catch(() => '')) ?? ''
  const args = commandLine.split('\0')
  return args[0]?.endsWith('dockerd') && args.includes(pidFile(own)) ? pid : undefined
}

/** Starts dockerd without a service manager and waits until it answers. */
export const startOwnEngine = async (own: OwnEngine, signal: AbortSignal): Promise<void> => {
  await mkdir(own.folder, { recursive: true, mode: 0o700 })
  let ended = false
  if ((await ownEnginePid(own)) === undefined) {
    await rm(pidFile(own), { force: true })
    const log = openSync(logFile(own), 'w')
    const args = ['--pidfile', pidFile(own), '--host', `unix://${own.socket}`, ...own.args]
    const child = spawn('dockerd', args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: systemPath() },
    })
    child.once('error', () => {
      ended = true
    })
    child.once('exit', () => {
      ended = true
    })
    child.unref()
  }
  const deadline = Date.now() + READY_WITHIN_MS
  while ((await probeEngine(own.socket)).type !== 'ready') {
    signal.throwIfAborted()
    if (ended || Date.now() > deadline) {
      const log = (await readIfThere(logFile(own))) ?? ''
      const tail = log.trimEnd().split('\n').slice(-15).join('\n')
      const what = ended ? 'it ended at once' : 'not ready after 30 s'
      throw new SetupError(
        'no_engine',
        `start dockerd: ${what}; the end of ${logFile(own)}:\n${tail}`,
      )
    }
    await pause(200, signal)
  }
}

/** Ends the dockerd we started; false when there is none. */
export const stopOwnEngine = async (own: OwnEngine): Promise<boolean> => {
  const pid = await ownEnginePid(own)
  if (pid === undefined) return false
  process.kill(pid, 'SIGTERM')
  const deadline = Date.now() + STOPPED_WITHIN_MS
  while (existsSync(`/proc/${pid}`) && !(await isZombie(pid))) {
    if (Date.now() > deadline) {
      throw new SetupError('not_ready', `stop dockerd ${pid}: it still runs after 30 s`)
    }
    await pause(100)
  }
  await rm(own.folder, { recursive: true, force: true })
  return true
}

const isZombie = async (pid: number): Promise<boolean> =>
  /^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State: Z'))
