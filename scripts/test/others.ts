import { readdir, readFile } from 'node:fs/promises'

const read = (pid: number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '') // it has ended meanwhile

/** This process and those that started it: their arguments may name test files too. */
const ownLine = async (): Promise<Set<number>> => {
  const line = new Set<number>()
  for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
    line.add(pid)
    pid = Number(/^PPid:\s+(\d+)/m.exec(await read(pid, 'status'))?.[1] ?? 0)
  }
  return line
}

/**
 * Processes that run test files, and were not started by this one. What they have on the engine
 * looks like the rests of a killed run, so nothing may be swept while there are any.
 */
export const otherTestRuns = async (): Promise<number[]> => {
  const own = await ownLine()
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && !own.has(pid))
  const found = await Promise.all(
    pids.map(async (pid) => (/\.test\.ts(\0|$)/.test(await read(pid, 'cmdline')) ? [pid] : [])),
  )
  return found.flat()
}
