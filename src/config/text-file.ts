import { open } from 'node:fs/promises'

export const MOST_BYTES = 1024 * 1024

/**
 * The text of a settings file; at most a little more than `MOST_BYTES` is read, which the checks
 * then refuse. What is no UTF-8 becomes U+FFFD, which they refuse too, with its place.
 * @throws the error of the file system.
 */
export const readTextFile = async (path: string): Promise<string> => {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > MOST_BYTES) {
      const start = Buffer.alloc(MOST_BYTES + 1)
      const { bytesRead } = await file.read(start, 0, start.length, 0)
      return start.toString('latin1', 0, bytesRead)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** The text, or the reason in words why there is none; never throws. */
export const reading = async (
  path: string,
  readFile: (path: string) => Promise<string>,
): Promise<{ text: string; problem?: never } | { text?: never; problem: string }> => {
  try {
    const text = await readFile(path)
    if (Buffer.byteLength(text) > MOST_BYTES) return { problem: 'more than 1 MiB' }
    if (/[\0\ufffd]/.test(text)) return { problem: 'it is no UTF-8 text' }
    return { text }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { problem: REASONS.get(code ?? '') ?? code ?? 'unknown reason' }
  }
}

const REASONS = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of the path is no folder'],
])
