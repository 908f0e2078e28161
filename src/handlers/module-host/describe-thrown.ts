import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What was thrown in one line, with its place in the module's own folder. */
export const describeThrown = (thrown: unknown, file: string): string => {
  if (!(thrown instanceof Error)) return `thrown: ${show(thrown)}`
  const place = placeIn(thrown.stack ?? '', dirname(file))
  return `${thrown.name}: ${thrown.message}${place && ` (${place})`}`
}

const show = (thrown: unknown): string => {
  try {
    return String(thrown)
  } catch {
    // An object may even refuse to be shown.
    return typeof thrown
  }
}

const placeIn = (stack: string, folder: string): string => {
  for (const [, found = '', at = ''] of stack.matchAll(
    /(file:\/\/\/[^\s)]+?|\/[^\s():]+)(:\d+(?::\d+)?)/g,
  )) {
    const path = found.startsWith('file:') ? fileURLToPath(found) : found
    const inside = relative(folder, path)
    if (!inside.startsWith('..')) return inside + at
  }
  return ''
}
