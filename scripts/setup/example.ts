import { join } from 'node:path'
import { ensureBuilt } from './build.ts'
import { type Docker, imageId } from './docker.ts'
import { ROOT } from './paths.ts'
import type { Steps } from './steps.ts'

/** A folder below examples/, and the images that are made of it, each from a folder in there. */
export type Example = {
  folder: string
  /** Ordinary images: what the nodes wrap. */
  wrapped: Record<string, string>
  /** Nodes, and the images that they wrap. */
  nodes: Record<string, { folder: string; wraps: string[] }>
  /** Labels of all its images, and so of their containers. */
  labels?: Record<string, string>
}

export const MYSQL_NGINX: Example = {
  folder: 'mysql-nginx',
  wrapped: {
    'serfnode-example-mariadb': 'mysql-image',
    'serfnode-example-app': 'app-image',
    'serfnode-example-nginx': 'nginx-image',
  },
  nodes: {
    'serfnode-example-mysql': { folder: 'mysql', wraps: ['serfnode-example-mariadb'] },
    'serfnode-example-web': {
      folder: 'web',
      wraps: ['serfnode-example-app', 'serfnode-example-nginx'],
    },
  },
}

export const NOTEBOOKS: Example = {
  folder: 'notebooks',
  wrapped: {
    'serfnode-example-jupyter': 'jupyter-image',
    'serfnode-example-rabbitmq': 'rabbitmq-image',
  },
  nodes: {
    'serfnode-ipython': { folder: 'ipython', wraps: ['serfnode-example-jupyter'] },
    'serfnode-rabbitmq': { folder: 'rabbitmq', wraps: ['serfnode-example-rabbitmq'] },
  },
  // The lines of the talk have no label, and the demo has to know its containers.
  labels: { 'io.serfnode.demo': 'notebooks' },
}

export const EXAMPLES = [MYSQL_NGINX, NOTEBOOKS]

/** All images of an example, those of its nodes last. */
export const imagesOf = ({ wrapped, nodes }: Example): string[] => [
  ...Object.keys(wrapped),
  ...Object.keys(nodes),
]

type Given = { docker: Docker; steps: Steps; base: string; name: string }

/** Builds what an example needs, from the base and the image `serfnode`. */
export const ensureExample = async (
  { folder, wrapped, nodes, labels = {} }: Example,
  { docker, steps, base, name }: Given,
  signal: AbortSignal,
): Promise<void> => {
  const idOf = async (image: string) => (await imageId(docker, image)) ?? image
  const build = (image: string, from: string, rest: { facts: string[]; args?: { BASE: string } }) =>
    ensureBuilt(
      { name: image, context: join(ROOT, 'examples', folder, from), labels, ...rest },
      { docker, steps },
      signal,
    )
  const facts = [await idOf(base)]
  for (const [image, from] of Object.entries(wrapped)) {
    await build(image, from, { facts, args: { BASE: base } })
  }
  for (const [image, { folder: from, wraps }] of Object.entries(nodes)) {
    // A node is made anew when what it wraps has changed, so that its children are.
    await build(image, from, { facts: await Promise.all([name, ...wraps].map(idOf)) })
  }
}
