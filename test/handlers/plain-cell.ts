import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cell, PLAIN_ENVIRONMENT } from '../../src/handlers/cell.ts'

/** A cell without a uid of its own: what it starts is killed as a process group. */
export const plainCell = (): Cell & { [Symbol.dispose](): void } => {
  const dir = mkdtempSync(join(tmpdir(), 'sntest-cell-'))
  const started = new Set<number>()
  const killAll = (): void => {
    for (const pid of started) {
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
    started.clear()
  }
  return {
    dir,
    start: ([file = '', ...args], { env, resident }) => {
      const child = spawn(file, args, {
        cwd: dir,
        env: { ...PLAIN_ENVIRONMENT, ...env },
        stdio: ['pipe', 'pipe', 'pipe', ...(resident ? (['pipe'] as const) : [])],
        detached: true,
      })
      if (child.pid !== undefined) started.add(child.pid)
      return child
    },
    kill: async () => killAll(),
    [Symbol.dispose]: () => {
      killAll()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
