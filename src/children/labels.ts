/** The labels by which what is ours is known: the image, and every container that we create. */
export const LABEL = {
  /** The image's version; whatever is made of the image inherits it. */
  image: 'io.serfnode.image',
  /** A container that is there for a moment, and what for: neither node nor child. */
  helper: 'io.serfnode.helper',
  cluster: 'io.serfnode.cluster',
  /** The node's human name. */
  node: 'io.serfnode.node',
  /** The name of the node's container. */
  nodeContainer: 'io.serfnode.node-container',
  child: 'io.serfnode.child',
  /** Id of the node's container. */
  owner: 'io.serfnode.owner',
  /** Hash of what was asked for. */
  spec: 'io.serfnode.spec',
  /** Anonymous volumes of the node or of siblings that are mounted too: whoever removes tries these. */
  volumes: 'io.serfnode.volumes',
} as const

/** The anonymous volumes that a child's container has from others. */
export const borrowedVolumes = (labels: Record<string, string>): string[] =>
  (labels[LABEL.volumes] ?? '').split(',').filter((name) => /^[0-9a-f]{64}$/.test(name))
