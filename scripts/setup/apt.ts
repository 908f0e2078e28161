import { access } from 'node:fs/promises'
import { attempt, run } from './run.ts'
import type { Note } from './steps.ts'

const env = { DEBIAN_FRONTEND: 'noninteractive' }
// Another apt may be at work, as after a boot.
const wait = ['-o', 'DPkg::Lock::Timeout=120']

/** Whether this machine is Debian or a child of it, with apt. */
export const hasApt = (): Promise<boolean> =>
  access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  )

const isKnown = async (name: string): Promise<boolean> =>
  (await attempt('apt-cache', ['show', '--no-all-versions', name])).stdout !== ''

/**
 * Installs packages. `optional` ones only where the release has them. A repository that cannot be
 * reached does not stop the update: what we want may well come from another.
 */
export const aptInstall = async (
  names: string[],
  { optional = [], note, signal }: { optional?: string[]; note: Note; signal: AbortSignal },
): Promise<void> => {
  note('apt-get update')
  const options = { env, signal, onLine: note, timeoutMs: 300_000 }
  await attempt('apt-get', [...wait, 'update'], options)
  const extra: string[] = []
  for (const name of optional) if (await isKnown(name)) extra.push(name)
  const packages = [...names, ...extra]
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], {
    ...options,
    timeoutMs: 900_000,
  })
}
