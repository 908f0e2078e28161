import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from './errors.ts'
import { CACHE, ROOT } from './paths.ts'
import { run } from './run.ts'
import type { Note } from './steps.ts'

export type Arch = 'x64' | 'arm64'
type Pin = { version: string; integrity: Record<Arch, string> }

/** Which Node runs in the image, and the hash its package must have. */
export const readNodePin = async (): Promise<Pin> =>
  JSON.parse(await readFile(join(ROOT, 'image/node.json'), 'utf8'))

/** Whether `bytes` have the hash that npm calls integrity (`sha512-` and base64). */
export const hasIntegrity = (bytes: Uint8Array, integrity: string): boolean =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}` === integrity

/**
 * Fetches the official Node binary from its npm package on this machine, where npm is set up for
 * the network, and returns its path. What was fetched before is used again.
 */
export const fetchNodeRuntime = async (
  arch: Arch,
  note: Note,
  signal: AbortSignal,
): Promise<string> => {
  const { version, integrity } = await readNodePin()
  const folder = join(CACHE, `node-${version}-${arch}`)
  const binary = join(folder, 'bin/node')
  if (existsSync(binary)) return binary

  await mkdir(CACHE, { recursive: true })
  const name = `node-linux-${arch}`
  const archive = join(CACHE, `${name}-${version}.tgz`)
  note(`npm pack ${name}@${version} (50 MB)`)
  await run('npm', ['pack', `${name}@${version}`, '--pack-destination', CACHE, '--silent'], {
    timeoutMs: 600_000,
    signal,
  })
  if (!hasIntegrity(await readFile(archive), integrity[arch])) {
    await rm(archive)
    const text = `fetch ${name}@${version}: its hash is not the one in image/node.json`
    throw new SetupError('bad_download', text)
  }
  note('unpacking')
  const beside = `${folder}.new`
  await rm(beside, { recursive: true, force: true })
  await mkdir(beside)
  await run('tar', ['-xzf', archive, '-C', beside, '--strip-components=1', 'package/bin/node'], {
    signal,
  })
  await rename(beside, folder)
  await rm(archive)
  return binary
}
