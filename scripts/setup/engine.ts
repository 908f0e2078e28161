import { existsSync } from 'node:fs'
import { pause } from '../../src/lib/wait.ts'
import { aptInstall, hasApt } from './apt.ts'
import { createDocker, type Docker, dockerLines, hasClient } from './docker.ts'
import { findEngineHost, probeEngine } from './engine-socket.ts'
import { SetupError } from './errors.ts'
import {
  ownEngine,
  ownEnginePid,
  type Purpose,
  startOwnEngine,
  stopOwnEngine,
  systemPath,
} from './own-engine.ts'
import { attempt, run } from './run.ts'
import type { Note, Steps } from './steps.ts'

const USUAL_SOCKET = '/var/run/docker.sock'

const isRoot = () => process.getuid?.() === 0
const fail = (text: string) => new SetupError('no_engine', text)

const isInstalled = (program: string): boolean =>
  systemPath()
    .split(':')
    .some((folder) => folder !== '' && existsSync(`${folder}/${program}`))

const awaitReady = async (socket: string, withinMs: number, signal: AbortSignal) => {
  const deadline = Date.now() + withinMs
  while ((await probeEngine(socket)).type !== 'ready') {
    signal.throwIfAborted()
    if (Date.now() > deadline) return false
    await pause(200, signal)
  }
  return true
}

const install = async (note: Note, signal: AbortSignal) => {
  if (!(await hasApt())) {
    const hint = 'see https://docs.docker.com/engine/install/, then try again'
    throw fail(`no Docker engine, and this is no Debian or Ubuntu: ${hint}`)
  }
  // Debian 13 ships the client in a package of its own.
  const optional = ['docker-cli']
  await aptInstall(['docker.io', 'iptables'], { optional, note, signal })
}

// With systemd the engine is the machine's own service, and stays; else it is ours to stop.
const start = async (purpose: Purpose, signal: AbortSignal): Promise<boolean> => {
  if (!existsSync('/run/systemd/system')) {
    await startOwnEngine(ownEngine(purpose), signal)
    return true
  }
  await run('systemctl', ['start', 'docker'], { timeoutMs: 90_000, signal })
  if (!(await awaitReady(USUAL_SOCKET, 30_000, signal))) {
    const log = await attempt('journalctl', ['-u', 'docker', '-n', '15', '--no-pager'])
    throw fail(`start docker.service: not ready after 30 s\n${log.stdout}`)
  }
  return false
}

const whyNot = (): SetupError => {
  if (isInstalled('dockerd')) {
    return fail(
      'the Docker engine is installed but does not run: start it (sudo systemctl start docker), or run this as root',
    )
  }
  return fail('there is no Docker engine: run this as root to have it installed, or install it')
}

/** Installs the engine's package when it is missing and starts it; tells whether it is ours. */
const bringUp = async (
  { step }: Steps,
  purpose: Purpose,
  signal: AbortSignal,
): Promise<boolean> => {
  if (!isRoot()) throw whyNot()
  if (!isInstalled('dockerd')) {
    await step('install Docker from the distribution', (note) => install(note, signal))
    // The package may have started it.
    if (await awaitReady(USUAL_SOCKET, 3_000, signal)) return false
  }
  return step('start Docker', () => start(purpose, signal))
}

const describe = async (docker: Docker): Promise<string> => {
  const version = (await docker(['version', '--format', '{{.Server.Version}}'])).trim()
  return `Docker engine ${version} at ${docker.socket}`
}

/**
 * A Docker engine to work with: the one that Docker's client would use, or the distribution's,
 * installed and started when we may. `isOurs`: it was started by hand for this purpose.
 */
export const ensureEngine = async (
  steps: Steps,
  purpose: Purpose,
  signal: AbortSignal,
): Promise<{ docker: Docker; isOurs: boolean }> => {
  const host = await findEngineHost(process.env)
  if (!host.startsWith('unix://')) {
    const text = `the engine at ${host} is not on this machine; nodes need its socket here`
    throw fail(`${text} (unset DOCKER_HOST, or docker context use default)`)
  }
  const socket = host.slice('unix://'.length)
  const state = await probeEngine(socket)
  // One that a killed run of ours has left is ours as well.
  let isOurs = (await ownEnginePid(ownEngine(purpose))) !== undefined
  if (state.type === 'denied') {
    const text = `no right to use Docker's socket ${socket}: run this as root or join the group`
    throw new SetupError('engine_denied', `${text} of the socket (usually: docker)`)
  }
  if (state.type !== 'ready') {
    const usual = [USUAL_SOCKET, '/run/docker.sock'].includes(socket)
    if (!usual) throw fail(`no engine answers at ${socket} (from DOCKER_HOST or docker context)`)
    isOurs = await bringUp(steps, purpose, signal)
  }
  if (!(await hasClient())) {
    if (!isRoot() || !(await hasApt())) throw fail("Docker's client (docker) is not on the PATH")
    await steps.step("install Docker's client", (note) =>
      aptInstall([], { optional: ['docker-cli'], note, signal }),
    )
    if (!(await hasClient())) throw fail("Docker's client (docker) is not on the PATH")
  }
  const docker = createDocker(socket)
  steps.say(`ok   ${await describe(docker)}`)
  return { docker, isOurs }
}

/** Ends the engine when it was started for this purpose and nothing else runs on it. */
export const stopEngineIfOurs = async (
  docker: Docker,
  purpose: Purpose,
  { step, say }: Steps,
): Promise<void> => {
  const own = ownEngine(purpose)
  if ((await ownEnginePid(own)) === undefined) return
  const others = await dockerLines(docker, ['ps', '-q'])
  if (others.length > 0) {
    say(`     the Docker engine runs on: ${others.length} other containers need it`)
    return
  }
  await step(`stop the Docker engine that the ${purpose} had started`, () => stopOwnEngine(own))
}
