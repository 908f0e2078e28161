import { type FileHandle, open, stat } from 'node:fs/promises'
import { type Entry, parseEntry } from '../../events/journal.ts'
import type { EventRecord } from '../../events/types.ts'
import { pause } from '../../lib/wait.ts'

const LOOK_MS = 200
const CHUNK = 256 * 1024

/** Events in the order of their indexes, each with all that handled it. */
export const collect = (entries: readonly Entry[]): EventRecord[] => {
  const records = new Map<number, EventRecord>()
  for (const entry of entries) {
    if (entry.kind === 'event') records.set(entry.record.index, entry.record)
    if (entry.kind !== 'handled') continue
    const record = records.get(entry.index)
    if (record) {
      records.set(entry.index, { ...record, handled: [...record.handled, entry.handled] })
    }
  }
  return [...records.values()]
}

/**
 * The entries of the agent's journal and, with `follow`, those that come, in lots, until the signal
 * aborts. The agent writes the file anew now and then: what it keeps comes again.
 */
export async function* readHistory(
  path: string,
  { follow, signal }: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<Entry[], void, undefined> {
  let file: FileHandle | undefined
  let offset = 0
  let rest = ''
  try {
    while (!signal.aborted) {
      file ??= await openIfThere(path)
      // Before it is read: nothing is written to a file that has been replaced.
      const isLast = file !== undefined && (await isReplaced(file, path))
      if (file) {
        const { text, end } = await readFrom(file, offset)
        offset = end
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        if (text !== '') yield lines.flatMap((line) => parseEntry(line) ?? [])
      }
      if (!follow) return
      if (isLast) {
        await file?.close()
        file = undefined
        offset = 0
        rest = ''
      } else await pause(LOOK_MS, signal)
    }
  } finally {
    await file?.close()
  }
}

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const isReplaced = async (file: FileHandle, path: string): Promise<boolean> => {
  const [ours, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  return there !== undefined && there.ino !== ours.ino
}

const readFrom = async (
  file: FileHandle,
  start: number,
): Promise<{ text: string; end: number }> => {
  const decoder = new TextDecoder()
  const buffer = Buffer.alloc(CHUNK)
  let text = ''
  let end = start
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, end)
    if (bytesRead === 0) return { text: text + decoder.decode(), end }
    text += decoder.decode(buffer.subarray(0, bytesRead), { stream: true })
    end += bytesRead
  }
}
