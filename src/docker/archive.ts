import { Readable } from 'node:stream'
import { extract, pack } from 'tar-stream'
import { type Connection, gather, impatient, type Opened } from './connection.ts'
import { DockerError, isDockerError } from './errors.ts'
import { pathOf } from './path.ts'
import { garbled } from './wire-errors.ts'

const FILE_CAP = 1 << 20
// Headers and padding around one file.
const TAR_CAP = FILE_CAP + (64 << 10)
const MAX_LINKS = 8
// Bits of the mode as the engine says it, which is Go's.
const GO_SYMLINK = 2 ** 27
const GO_NOT_A_FILE = [2 ** 31, 2 ** 26, 2 ** 25, 2 ** 24, 2 ** 21, 2 ** 19]

export type FileToWrite = {
  /** Relative to the folder; folders in it are made. */
  name: string
  content: Uint8Array | string
  mode: number
  /** Owner and group; default 0. */
  uid?: number
}

export type Archives = {
  /** Unpacks a tar (bytes, or a stream of them) into folder `path`, which must be there. The container may be stopped. */
  putArchive(id: string, path: string, tar: Uint8Array | AsyncIterable<unknown>): Promise<void>
  /** A tar of the file or folder at `path`. Tmpfs mounts are not in it. */
  getArchive(id: string, path: string): Promise<Readable>
  /**
   * One file of up to 1 MiB as text, links followed; undefined when there is no such file.
   * `not-found` when there is no such container, `bad-request` when it is no file or too large.
   */
  readFile(id: string, path: string): Promise<string | undefined>
  /** Replaces files in folder `dir`, which must be there. */
  writeFiles(id: string, dir: string, files: FileToWrite[]): Promise<void>
}

type Stat = { name: string; size: number; mode: number; linkTarget: string }

export const archives = ({ json, open, timeoutMs, slowMs }: Connection): Archives => {
  const get = (deed: string, id: string, path: string): Promise<Opened> =>
    open({ deed, path: pathOf('containers', id, 'archive'), query: { path }, timeoutMs: slowMs })

  const putArchive: Archives['putArchive'] = async (id, path, tar) => {
    await json({
      deed: `write into ${path} of container ${id}`,
      method: 'PUT',
      path: pathOf('containers', id, 'archive'),
      query: { path, noOverwriteDirNonDir: true },
      headers: { 'Content-Type': 'application/x-tar' },
      body: tar instanceof Uint8Array ? Buffer.from(tar) : tar,
      timeoutMs: slowMs,
    })
  }

  const readFile = async (id: string, path: string, links = 0): Promise<string | undefined> => {
    const deed = `read ${path} of container ${id}`
    const opened = await get(deed, id, path).catch(undefinedIfNoFile)
    if (!opened) return undefined
    const stat = statOf(opened, deed)
    const regular = !has(stat.mode, GO_SYMLINK) && !GO_NOT_A_FILE.some((bit) => has(stat.mode, bit))
    if (regular && stat.size <= FILE_CAP) {
      const { data } = await gather(impatient(opened, timeoutMs), deed, TAR_CAP)
      return onlyFile(data, deed)
    }
    opened.close()
    if (has(stat.mode, GO_SYMLINK) && links < MAX_LINKS && stat.linkTarget) {
      return readFile(id, stat.linkTarget, links + 1)
    }
    const why = regular ? `larger than ${FILE_CAP} bytes` : 'not a file'
    throw new DockerError('bad-request', `${deed}: ${why}`)
  }

  return {
    putArchive,

    async getArchive(id, path) {
      const opened = await get(`read ${path} of container ${id}`, id, path)
      return Readable.from(impatient(opened, timeoutMs), { objectMode: false })
    },

    readFile: (id, path) => readFile(id, path),

    async writeFiles(id, dir, files) {
      const tar = pack()
      for (const { name, content, mode, uid = 0 } of files) {
        tar.entry({ name, mode, uid, gid: uid }, Buffer.from(content as Uint8Array))
      }
      tar.finalize()
      const chunks: Buffer[] = []
      for await (const chunk of tar) chunks.push(chunk as Buffer)
      await putArchive(id, dir, Buffer.concat(chunks))
    },
  }
}

const has = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1

/** 404 says either that there is no such file or no such container. */
const undefinedIfNoFile = (error: unknown): undefined => {
  if (isDockerError(error, 'not-found') && !/no such container/i.test(error.message)) return
  throw error
}

const statOf = ({ headers }: Opened, deed: string): Stat => {
  const header = String(headers['x-docker-container-path-stat'] ?? '')
  try {
    const stat = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
    if (typeof stat.mode === 'number' && typeof stat.size === 'number') return stat
  } catch {
    // Told below, with the header.
  }
  throw garbled(deed, 'the answer says nothing of the file', header)
}

const onlyFile = async (tar: Buffer, deed: string): Promise<string> => {
  const unpacked = extract()
  unpacked.end(tar)
  try {
    for await (const entry of unpacked) {
      const { text } = await gather(entry as AsyncIterable<Buffer>, deed, FILE_CAP)
      if (entry.header.type === 'file' || entry.header.type === 'contiguous-file') return text
    }
  } catch (error) {
    throw garbled(deed, 'the archive is cut off', '', error)
  }
  throw garbled(deed, 'the archive is empty', '')
}
