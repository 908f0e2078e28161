import { join } from 'node:path'
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
    const show = async (): Promise<void> => {
      const { services } = context.catalog.snapshot()
      const texts = [
        ['serfnodes_by_id.json', renderById(services)],
        ['serfnodes_by_role.json', renderByRole(services)],
      ] as const
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

const write = async (path: string, text: string): Promise<void> => {
  if (await sameText(path, text)) return
  await replaceFile(path, text)
}
