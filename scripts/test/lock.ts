import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from '../../src/lib/files.ts'
import { SetupError } from '../setup/errors.ts'
import { CACHE } from '../setup/paths.ts'

const FILE = join(CACHE, 'test.pid')

/** What takes the place: the tests, and the bench, which would measure them. */
const PROGRAMS = /(?:scripts\/test|bench\/main)\.ts/

const isTestRun = async (pid: number): Promise<boolean> => {
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return false
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return PROGRAMS.test(commandLine)
}

/** Two runs would sweep each other's containers away; returns what gives the place free. */
export const lockTests = async (): Promise<() => Promise<void>> => {
  const other = Number(await readIfThere(FILE))
  if (await isTestRun(other)) {
    throw new SetupError('not_ready', `npm test or npm run bench runs already, as process ${other}`)
  }
  await mkdir(CACHE, { recursive: true })
  await writeFile(FILE, `${process.pid}\n`)
  return () => rm(FILE, { force: true })
}
