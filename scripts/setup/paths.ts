import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Downloads and what is unpacked from them; kept between runs, never in git. */
export const CACHE = join(ROOT, '.cache')
/** What is built; may be deleted at any time. */
export const DIST = join(ROOT, 'dist')
