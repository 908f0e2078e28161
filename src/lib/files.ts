import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/**
 * Removes whatever stands at `path`, a folder with all in it too; nothing there is success. The
 * folder may be one that a container we do not trust writes to: Node's own recursive removal goes
 * by path and can be led out of it by a link put in at the right moment, GNU's never follows one.
 */
export const clearPlace = async (path: string): Promise<void> => {
  try {
    await unlink(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    if (code !== 'EISDIR' && code !== 'EPERM') throw error
    await promisify(execFile)('rm', ['-rf', '--', path], { timeout: 10_000 })
  }
}

/**
 * Replaces `path` by `text` so that a reader sees the old file or the new one and never a part. The
 * file beside it is opened without following links: the folder may be shared with containers we do
 * not trust. The disk is not waited for, which takes many times as long: what must outlive a crash
 * of the machine is written by `writeLasting`.
 */
export const writeAtomic = async (
  path: string,
  text: string | Buffer,
  mode = 0o644,
  group?: number,
): Promise<void> => {
  await replaceBy(path, mode, async (file) => {
    if (group !== undefined) await file.chown(0, group)
    await file.writeFile(text)
  })
}

/** `writeAtomic`, and on the disk when it resolves: after a crash too, all of it is there. */
export const writeLasting = async (path: string, text: string, mode = 0o644): Promise<void> => {
  await replaceBy(path, mode, async (file) => {
    await file.writeFile(text)
    await file.sync()
  })
  const folder = await open(dirname(path), constants.O_RDONLY)
  await folder.sync().finally(() => folder.close())
}

const replaceBy = async (
  path: string,
  mode: number,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> => {
  const beside = `${path}.new`
  await clearPlace(beside)
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    // The umask may have taken some of it.
    await file.chmod(mode)
    await fill(file)
  } finally {
    await file.close()
  }
  await rename(beside, path)
}

/** The file's text, or undefined when there is none. */
export const readIfThere = async (
  path: string,
  encoding: BufferEncoding = 'utf8',
): Promise<string | undefined> => {
  try {
    return await readFile(path, encoding)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * `writeAtomic` in a folder that others write to: what they put at `path`, a folder too, makes
 * way; nothing can be renamed over a folder.
 */
export const replaceFile = async (path: string, text: string | Buffer): Promise<void> => {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isDirectory()) await clearPlace(path)
  await writeAtomic(path, text)
}
