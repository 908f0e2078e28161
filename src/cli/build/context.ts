import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Readable } from 'node:stream'
import dockerignore from '@balena/dockerignore'
import { type Pack, pack } from 'tar-stream'
import { readIfThere } from '../../lib/files.ts'

const IGNORE_FILE = '.dockerignore'

export type ContextOptions = {
  dir: string
  /** Files that go in whatever .dockerignore says, relative to `dir`. */
  always: readonly string[]
  /** Files with a text of our own, in place of those of the folder. */
  replaced: Readonly<Record<string, string>>
}

/**
 * The folder as the tar that the engine builds from, without what its .dockerignore names. Paths
 * of files that are neither files, folders nor links (sockets, devices) are left out, as Docker's
 * client does. A file that cannot be read destroys the stream with that error.
 */
export const buildContext = (options: ContextOptions): Readable => {
  const tar = pack()
  fill(tar, options).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  )
  return Readable.from(tar)
}

const fill = async (tar: Pack, { dir, always, replaced }: ContextOptions): Promise<void> => {
  const rules = (await readIfThere(join(dir, IGNORE_FILE))) ?? ''
  const ignore = dockerignore.default({ ignorecase: false }).add(rules)
  const kept = new Set([...always.map((file) => posix.normalize(file)), IGNORE_FILE])
  // An ignored folder is looked into only when a rule or a wanted file may bring something back.
  const mayHold = (folder: string): boolean =>
    /^\s*!/m.test(rules) || [...kept].some((file) => file.startsWith(`${folder}/`))

  for (const [name, text] of Object.entries(replaced)) await add(tar, { name, mode: 0o644 }, text)

  const visit = async (folder: string): Promise<void> => {
    const names = (await readdir(join(dir, folder))).sort()
    for (const name of names.map((entry) => posix.join(folder, entry))) {
      if (Object.hasOwn(replaced, name)) continue
      const stat = await lstat(join(dir, name))
      const ignored = ignore.ignores(name) && !kept.has(name)
      const common = { name, mode: stat.mode & 0o7777, mtime: stat.mtime }
      if (stat.isDirectory()) {
        if (!ignored) await add(tar, { ...common, type: 'directory' })
        if (!ignored || mayHold(name)) await visit(name)
      } else if (ignored) {
        // Left out.
      } else if (stat.isSymbolicLink()) {
        const linkname = await readlink(join(dir, name))
        await add(tar, { ...common, type: 'symlink', linkname })
      } else if (stat.isFile()) {
        await copy(join(dir, name), tar, { ...common, size: stat.size })
      }
    }
  }
  await visit('')
}

type Header = Parameters<Pack['entry']>[0]

const add = (tar: Pack, header: Header, text = ''): Promise<void> =>
  new Promise((resolve, reject) => {
    tar.entry(header, text, (error) => (error ? reject(error) : resolve()))
  })

const copy = async (file: string, tar: Pack, header: Header & { size: number }): Promise<void> => {
  if (header.size === 0) return add(tar, header)
  const entry = tar.entry(header)
  // What a growing file (a log) gets meanwhile has no room in its entry.
  for await (const chunk of createReadStream(file, { end: header.size - 1 })) {
    if (!entry.write(chunk)) await once(entry, 'drain')
  }
  const finished = once(entry, 'finish')
  entry.end(undefined)
  await finished
}
