import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The source of what `import ... from 'serfnode'` means; undefined in the image, which has none. */
export const ownTypes = (): string | undefined => {
  const path = fileURLToPath(new URL('../../client/index.ts', import.meta.url))
  return existsSync(path) ? path : undefined
}
