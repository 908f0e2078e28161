import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { docker } from '../../test/support/docker.ts'

/** What a process of a node is. */
export type Part = 's6' | 'serf' | 'dns' | 'module' | 'agent'

export type Process = { pid: number; part: Part }

/** A clock tick of the kernel's accounting; 100 a second wherever Linux runs Docker. */
const TICKS_PER_S = 100

const read = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return '' // it has ended
  }
}

const namespaceOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return ''
  }
}

const partOf = (pid: number): Part => {
  if (read(pid, 'comm').startsWith('s6-')) return 's6'
  const [program = '', first = ''] = read(pid, 'cmdline').split('\0')
  if (/\/dnsmasq$/.test(program)) return 'dns'
  if (/module-host/.test(read(pid, 'cmdline'))) return 'module'
  return /\/serf$/.test(program) || /\/serf$/.test(first) ? 'serf' : 'agent'
}

export const pidOf = async (container: string): Promise<number> =>
  Number(await docker('inspect', '-f', '{{.State.Pid}}', container))

const parentOf = (pid: number): number => Number(/^PPid:\s+(\d+)/m.exec(read(pid, 'status'))?.[1])

/**
 * PID 1 of a container and all that descends from it: what `docker exec` starts does not, and the
 * children of a node are not in it.
 */
export const processesOf = async (container: string): Promise<Process[]> => {
  const first = await pidOf(container)
  const namespace = namespaceOf(first)
  if (namespace === '') {
    throw new Error(`/proc/${first}: run this as root on the machine of the engine`)
  }
  const within = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && namespaceOf(pid) === namespace)
  const descends = (pid: number): boolean =>
    pid === first || (within.includes(pid) && descends(parentOf(pid)))
  return within.filter(descends).map((pid) => ({ pid, part: partOf(pid) }))
}

export const pidOfPart = async (container: string, part: Part): Promise<number> => {
  const found = (await processesOf(container)).find((process) => process.part === part)
  if (!found) throw new Error(`${container} has no ${part}`)
  return found.pid
}

const kilobytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0)

/** Megabytes (10^6 bytes) that processes hold: resident, and with what they share divided. */
export const memoryOf = (processes: readonly Process[]): { rss: number; pss: number } => {
  const sum = (file: string, field: string) =>
    processes.reduce((total, { pid }) => total + kilobytes(read(pid, file), field), 0)
  return {
    rss: (sum('status', 'VmRSS') * 1024) / 1e6,
    pss: (sum('smaps_rollup', 'Pss') * 1024) / 1e6,
  }
}

/** Reads the CPU that processes have used since now, in percent of one core. */
export const createCpuMeter = (processes: readonly Process[]): (() => number) => {
  const [cpu, at] = [cpuSecondsOf(processes), performance.now()]
  return () => (100 * (cpuSecondsOf(processes) - cpu)) / ((performance.now() - at) / 1000)
}

/** In seconds, with what those of their own that ended have used. */
const cpuSecondsOf = (processes: readonly Process[]): number =>
  processes.reduce((total, { pid }) => {
    // The name in parentheses may contain anything.
    const fields = read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [user = 0, system = 0, ofChildrenUser = 0, ofChildrenSystem = 0] = fields
      .slice(11, 15)
      .map(Number)
    return total + (user + system + ofChildrenUser + ofChildrenSystem) / TICKS_PER_S
  }, 0)
