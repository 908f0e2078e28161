import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { SurfaceError } from './surface.ts'

/** More than any hosts file or resolv.conf; a bigger one is a mistake that we do not make worse. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Brings the file at `path` to `wanted(text)` where it stands: /etc/hosts in a container is a bind
 * mount, so nothing can be renamed over it, and it is read at every moment, so it is never cut
 * first. Only the bytes that differ are written, in one piece. Texts are latin1: what is not ours
 * comes back byte for byte. Throws when the file is no plain file, cannot be written, or kept
 * changing under our hands.
 */
export const writeInPlace = async (
  path: string,
  wanted: (text: string) => string,
): Promise<void> => {
  // O_NONBLOCK: a FIFO in this place must not hold us.
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = await stateOf(file, path)
      const current = await readAll(file, Number(before.size))
      const next = wanted(current)
      if (next === current) return
      const now = await stateOf(file, path)
      if (now.mtimeNs !== before.mtimeNs || now.size !== before.size) continue
      await replace(file, current, next)
      if ((await readAll(file, next.length)) === next) return
    }
    throw new SurfaceError('not-written', `write ${path}: somebody else keeps writing it`, {
      retryable: true,
    })
  } finally {
    await file.close()
  }
}

const stateOf = async (file: FileHandle, path: string) => {
  const state = await file.stat({ bigint: true })
  if (state.isFile() && state.size <= MAX_BYTES) return state
  const why = state.isFile() ? `${state.size} bytes are too many` : 'not a plain file'
  throw new SurfaceError('not-written', `write ${path}: ${why}`, { retryable: true })
}

const replace = async (file: FileHandle, current: string, next: string): Promise<void> => {
  const length = Math.max(current.length, next.length)
  // Room first, as blank lines: on a full disk this fails while the old text is still whole.
  if (next.length > current.length) {
    await writeAt(file, '\n'.repeat(next.length - current.length), current.length).catch(
      async (error) => {
        await file.truncate(current.length)
        throw error
      },
    )
  }
  const [was, will] = [current.padEnd(length, '\n'), next.padEnd(length, '\n')]
  const from = most(length, (n) => was.startsWith(will.slice(0, n)))
  const to = length - most(length - from, (n) => was.endsWith(will.slice(length - n)))
  await writeAt(file, will.slice(from, to), from)
  if (next.length < length) await file.truncate(next.length)
}

/** The largest number up to `limit` that holds, when all smaller ones do. */
const most = (limit: number, holds: (n: number) => boolean): number => {
  let [low, high] = [0, limit]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

const writeAt = async (file: FileHandle, text: string, position: number): Promise<void> => {
  const bytes = Buffer.from(text, 'latin1')
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
  }
}

// One byte more than expected, so that a file that grew is seen to differ.
const readAll = async (file: FileHandle, size: number): Promise<string> => {
  const bytes = Buffer.alloc(size + 1)
  let done = 0
  for (let read = -1; read !== 0 && done < bytes.length; done += read) {
    read = (await file.read(bytes, done, bytes.length - done, done)).bytesRead
  }
  return bytes.toString('latin1', 0, done)
}
