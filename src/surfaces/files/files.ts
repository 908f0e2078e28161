import { join } from 'node:path'
import type { NodeInfo } from '../../catalog/node-info.ts'
import { describeError } from '../../lib/errors.ts'
import { replaceFile } from '../../lib/files.ts'
import { keepShown, type Surface, SurfaceError } from '../surface.ts'
import { renderById, renderByRole } from './render.ts'
import { sameText } from './same-text.ts'

export type FilesOptions = {
  /** Folders that get both files: the node's root and the folder shared with the children. */
  folders?: readonly string[]
  /** How often the files are looked at for what others did to them. */
  checkMs?: number
}

/** The services of the cluster as two JSON files. */
export const files: Surface<FilesOptions> = {
  name: 'files',
  run: async ({ folders = ['/', '/serfnode'], checkMs = 1_000, ...context }) => {
    let shown: readonly NodeInfo[] | undefined
    let texts: [string, Buffer][] = []

    const show = async (): Promise<void> => {
      const { services } = context.catalog.snapshot()
      // The same array as long as nothing changes: a thousand members are not rendered every second.
      if (services !== shown) {
        texts = [
          ['serfnodes_by_id.json', Buffer.from(renderById(services))],
          ['serfnodes_by_role.json', Buffer.from(renderByRole(services))],
        ]
        shown = services
      }
      const problems: string[] = []
      for (const folder of folders) {
        for (const [name, text] of texts) {
          // One folder that cannot be written must not keep the others back.
          await write(join(folder, name), text).catch((error) => {
            problems.push(`write ${join(folder, name)}: ${describeError(error)}`)
          })
        }
      }
      if (problems.length > 0) {
        throw new SurfaceError('not-written', problems.join('; '), { retryable: true })
      }
    }

    await keepShown(context, { name: 'files', checkMs, show })
  },
}

const write = async (path: string, text: Buffer): Promise<void> => {
  if (await sameText(path, text)) return
  await replaceFile(path, text)
}
