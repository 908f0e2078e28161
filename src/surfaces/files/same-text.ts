import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * Whether `path` is a plain file that holds exactly `text`. Children may write where it lies: a
 * link is not followed, a FIFO does not hold us, and no more is read than we wrote.
 */
export const sameText = async (path: string, text: Buffer): Promise<boolean> => {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined)
  if (!file) return false // Not there, or not ours: it is written anew, and writing tells why not.
  try {
    const state = await file.stat()
    if (!state.isFile() || state.size !== text.length) return false
    const found = Buffer.allocUnsafe(text.length)
    const { bytesRead } = await file.read(found, 0, found.length, 0)
    return bytesRead === text.length && found.equals(text)
  } finally {
    await file.close()
  }
}
