import { join } from 'node:path'
import { ensureBuilt } from './build.ts'
import { type Docker, imageId } from './docker.ts'
import { ROOT } from './paths.ts'
import type { Steps } from './steps.ts'

const FOLDER = join(ROOT, 'examples/mysql-nginx')

/** Ordinary images: what the nodes wrap. */
const WRAPPED = { mariadb: 'mysql-image', app: 'app-image', nginx: 'nginx-image' }

/** Nodes, and what they wrap. */
const NODES: Record<string, (keyof typeof WRAPPED)[]> = {
  mysql: ['mariadb'],
  web: ['app', 'nginx'],
}

const imageName = (name: string) => `serfnode-example-${name}`

/** All images of the example, those of its nodes last. */
export const EXAMPLE_IMAGES = [...Object.keys(WRAPPED), ...Object.keys(NODES)].map(imageName)

/** Builds what examples/mysql-nginx needs, from the base and the image `serfnode`. */
export const ensureExample = async (
  { docker, steps, base, name }: { docker: Docker; steps: Steps; base: string; name: string },
  signal: AbortSignal,
): Promise<void> => {
  const idOf = async (image: string) => (await imageId(docker, image)) ?? image
  const facts = [await idOf(base)]
  for (const [wrapped, folder] of Object.entries(WRAPPED)) {
    const wish = { name: imageName(wrapped), context: join(FOLDER, folder), facts }
    await ensureBuilt({ ...wish, args: { BASE: base } }, { docker, steps }, signal)
  }
  for (const [node, wrapped] of Object.entries(NODES)) {
    // A node is made anew when what it wraps has changed, so that its children are.
    const made = [name, ...wrapped.map(imageName)]
    const wish = { name: imageName(node), context: join(FOLDER, node) }
    const from = await Promise.all(made.map(idOf))
    await ensureBuilt({ ...wish, facts: from }, { docker, steps }, signal)
  }
}
