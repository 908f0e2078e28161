import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Docker, imageId, imageLabel } from './docker.ts'
import type { Steps } from './steps.ts'

/** The label with the hash of all that went into an image. */
export const LABEL_INPUTS = 'io.serfnode.inputs'

export type ImageWish = {
  name: string
  /** The folder with the Dockerfile; all of it goes into the build and into the hash. */
  context: string
  /** Files of the context that `facts` stand for already. */
  skip?: string[]
  /** What else the image depends on, such as the ids of images it is made from. */
  facts: string[]
  args?: Record<string, string>
  labels?: Record<string, string>
  platform?: string
}

/** All files below a folder, in a fixed order. */
export const filesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name)).sort()
}

/** One hash over all that goes into an image: same hash, same image. */
const hashInputs = async (wish: ImageWish): Promise<string> => {
  const { context, skip = [], facts, args, labels } = wish
  const hash = createHash('sha256').update(
    JSON.stringify([facts, args, ...(labels ? [labels] : [])]),
  )
  for (const path of await filesIn(context)) {
    const name = path.slice(context.length + 1)
    if (!skip.includes(name)) hash.update(`\n${name}\n`).update(await readFile(path))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Docker's own progress, the lines a person can use. */
const isStep = (line: string) => /^(Step \d|#\d+ \[)/.test(line)

/**
 * Builds the image when the one of this name was made from anything else, and tells whether it
 * did. `inputs` is the hash of what it is made from.
 */
export const ensureBuilt = async (
  wish: ImageWish,
  { docker, steps }: { docker: Docker; steps: Steps },
  signal: AbortSignal,
): Promise<{ built: boolean; inputs: string }> => {
  const { name, context, args = {}, labels = {}, platform } = wish
  const inputs = await hashInputs(wish)
  if ((await imageLabel(docker, name, LABEL_INPUTS)) === inputs) {
    steps.say(`ok   image ${name}, unchanged`)
    return { built: false, inputs }
  }
  const before = await imageId(docker, name)
  const flags = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  if (platform) flags.push('--platform', platform)
  for (const [key, value] of Object.entries({ ...labels, [LABEL_INPUTS]: inputs })) {
    flags.push('--label', `${key}=${value}`)
  }
  await steps.step(`image ${name}`, (note) =>
    docker(['build', ...flags, '--tag', name, context], {
      timeoutMs: 900_000,
      signal,
      onLine: (line) => isStep(line) && note(line),
    }),
  )
  await removeReplaced(docker, before)
  return { built: true, inputs }
}

// The image of before lost its name; containers may still use it, then it stays.
const removeReplaced = async (docker: Docker, id: string | undefined): Promise<void> => {
  if (id === undefined) return
  const format = '{{len .RepoTags}}'
  const tags = await docker(['image', 'inspect', '--format', format, id]).catch(() => '')
  if (tags.trim() === '0') await docker(['rmi', id]).catch(() => undefined)
}
