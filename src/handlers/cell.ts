import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { pause } from '../lib/wait.ts'
import type { HandlerSpec } from './types.ts'

/** Where one handler's code runs, apart from everybody else: a uid, a folder, an environment. */
export type Cell = {
  dir: string
  /**
   * Starts a command in it with pipes for stdin, stdout, stderr and, for a resident one, a
   * fourth in both directions. What is not resident ends with all that it has forked.
   */
  start(command: readonly string[], options: { env: Environment; resident?: boolean }): ChildProcess
  /** Kills all that runs in it, whatever it forked. */
  kill(): Promise<void>
}

/** The cells of a handler, one for each run that may go on at once. */
export type CellMaker = (spec: HandlerSpec) => readonly Cell[]

export type Environment = Readonly<Record<string, string>>

/** Debian's own, and nothing that the node was given: a token may be in there. */
export const PLAIN_ENVIRONMENT: Environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
}

// Handlers are the first to go when memory is short, leave no core files, and have an end to their
// forks: of one uid, of all nodes on the engine together, so that it is a generous one.
const PREPARE =
  'umask 007; echo 500 2>/dev/null >/proc/self/oom_score_adj; ulimit -c 0; ulimit -p 1024'
const RESIDENT = `${PREPARE}; exec "$@"`
// The last deed of a run: whatever has its uid ends with it, a process that became a session of
// its own too. The shell itself is not meant by kill -1.
const ONCE = `${PREPARE}; "$@"; status=$?; kill -KILL -1 2>/dev/null; exit $status`

const NICE = 5
const KILL_MS = 2_000

export type CellOptions = {
  uid: number
  gid: number
  groups: readonly number[]
  dir: string
  /** What its code finds besides. */
  env: Environment
}

/**
 * A cell with a uid that nothing else in the container may have, so that killing by uid is exact.
 * No extra groups (a low gid may be the host's docker group), no way back to root by a setuid
 * program. `dir` has to be there.
 */
export const createCell = ({ uid, gid, groups, dir, env: own }: CellOptions): Cell => {
  const become = [
    '/usr/bin/setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    ...(groups.length > 0 ? [`--groups=${groups.join()}`] : ['--clear-groups']),
    '--no-new-privs',
  ]
  return {
    dir,
    start: (command, { env, resident = false }) => {
      const script = resident ? RESIDENT : ONCE
      // An agent that is killed takes them along, as far as they are not told otherwise.
      const [file = '', ...args] = [...become, '--pdeathsig=KILL', '/bin/sh', '-c', script, 'sh']
      const child = spawn(file, [...args, ...command], {
        cwd: dir,
        env: { ...PLAIN_ENVIRONMENT, HOME: dir, ...own, ...env },
        stdio: ['pipe', 'pipe', 'pipe', ...(resident ? (['pipe'] as const) : [])],
        detached: true,
      })
      // With no file descriptor left there are no pipes, and whoever asked fails before it listens.
      child.on('error', () => {})
      // A resident one is there to be quick, and its watchdog ends what only burns time.
      if (child.pid !== undefined && !resident) behind(child.pid)
      return child
    },
    kill: async () => {
      const [file = '', ...args] = [...become, '/bin/sh', '-c', 'kill -KILL -1 2>/dev/null']
      const late = new AbortController()
      try {
        const killer = spawn(file, args, { cwd: '/', env: PLAIN_ENVIRONMENT, stdio: 'ignore' })
        const ended = once(killer, 'exit', { signal: late.signal })
        ended.catch(() => {})
        await Promise.race([ended, pause(KILL_MS, late.signal)])
      } catch {
        // The machine has no memory or no processes left; whoever asked goes on without.
      } finally {
        late.abort()
      }
    },
  }
}

// The agent, serf and the children come first.
const behind = (pid: number): void => {
  try {
    setPriority(pid, NICE)
  } catch {
    // It has ended already.
  }
}
