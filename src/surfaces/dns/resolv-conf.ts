import { access, constants, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere } from '../../lib/files.ts'
import { SurfaceError } from '../surface.ts'
import { writeInPlace } from '../write-in-place.ts'
import { isOurs, originalText, ourText, upstreamText } from './resolv-text.ts'

/** Far more than any resolv.conf. */
const BYTES_MAX = 64 * 1024

export type ResolvConfOptions = {
  /** The node's resolv.conf, which its children share. */
  path: string
  /** Where the text of before is kept as `resolv.conf`, and its servers as `upstream`. */
  folder: string
  /** Where our DNS listens. */
  address: string
  /** All addresses of ours: asked for something else, they would ask themselves. */
  own: readonly string[]
}

/** The node's resolv.conf, led to our DNS and back. */
export const createResolvConf = ({ path, folder, address, own }: ResolvConfOptions) => {
  const kept = join(folder, 'resolv.conf')
  let wasEmpty = false

  const keep = async (original: string): Promise<void> => {
    await replace(join(folder, 'upstream'), upstreamText(original, own))
    await replace(kept, original)
  }

  return {
    /** Why it cannot be led to us: somebody may have mounted his own; undefined: it can. */
    whyNot: async (): Promise<string | undefined> =>
      access(path, constants.W_OK).then(
        () => undefined,
        (error: unknown) => `${path} cannot be written: ${(error as NodeJS.ErrnoException).code}`,
      ),
    /** Notes what Docker made of it, so that dnsmasq knows whom to ask. */
    note: async (): Promise<void> => {
      const text = await readSome(path)
      if (!isOurs(text)) await keep(text)
      // A node that was killed led it here: a container whose network we share has it still.
      else if ((await readIfThere(kept)) === undefined) await keep(originalText(text))
    },
    /** Leads to our DNS, whoever has written the file since. */
    point: async (): Promise<void> => {
      const text = await readSome(path)
      // Somebody may be between his truncate and his write.
      const isEmpty = text.trim() === ''
      const wait = isEmpty && !wasEmpty
      wasEmpty = isEmpty
      if (wait) return
      if (!isOurs(text) && !isEmpty) await keep(text)
      const original = await readIfThere(kept, 'latin1')
      if (original === undefined) return
      const wanted = ourText(original, address)
      if (text !== wanted) await writeInPlace(path, (now) => (now === text ? wanted : now))
    },
    /** Makes it again what it was before. */
    back: async (): Promise<void> => {
      const original = await readIfThere(kept, 'latin1')
      if (original === undefined) return
      await writeInPlace(path, (text) => (isOurs(text) ? original : text))
    },
  }
}

export type ResolvConf = ReturnType<typeof createResolvConf>

// Children may write into it, as much as they like.
const readSome = async (path: string): Promise<string> => {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_MAX + 1), 0, BYTES_MAX + 1, 0)
    if (bytesRead <= BYTES_MAX) return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
  const message = `read ${path}: more than ${BYTES_MAX} bytes`
  throw new SurfaceError('not-written', message, { retryable: true })
}

// dnsmasq follows `upstream` and must never see half of it.
const replace = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text, { encoding: 'latin1', mode: 0o644 })
  await rename(`${path}.new`, path)
}
