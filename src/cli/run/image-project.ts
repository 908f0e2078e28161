import { posix } from 'node:path'
import { LABEL } from '../../children/labels.ts'
import { type Loaded, loadSettings } from '../../config/load-settings.ts'
import type { Docker } from '../../docker/client.ts'

export type ProjectQuestion = {
  image: string
  /** As the node will have it, without the file of its token. */
  env: Record<string, string>
  /** A YAML that is mounted over the image's. */
  yaml?: { path: string; text: string }
  /** Paths in the node that mounts bring in, which the image does not have. */
  mounted: readonly string[]
}

const PROJECT_FILE = '/serfnode.yml'

/**
 * The settings that a node of `image` will start with, its own serfnode.yml read out of it. Throws
 * ConfigError, as the node would, but before anything is started.
 */
export const imageSettings = async (
  docker: Docker,
  { image, env, yaml, mounted }: ProjectQuestion,
): Promise<Loaded> => {
  // Never started: only a container's files can be read, not an image's.
  const { Id } = await docker.createContainer('', {
    Image: image,
    Labels: { [LABEL.helper]: 'reading' },
    HostConfig: { NetworkMode: 'none' },
  })
  try {
    const text = yaml?.text ?? (await docker.readFile(Id, PROJECT_FILE))
    const path = yaml?.path ?? PROJECT_FILE
    const readFile = async (file: string): Promise<string> => {
      const inNode = posix.join('/', posix.relative(posix.dirname(path), file))
      if (mounted.some((target) => inNode === target || inNode.startsWith(`${target}/`))) return ''
      const found = await docker.readFile(Id, inNode)
      if (found !== undefined) return found
      // The code is what the checks show as the reason.
      throw Object.assign(new Error(inNode), { code: `no ${inNode} in image ${image}` })
    }
    return await loadSettings({
      env,
      ...(text !== undefined && { file: { path, text } }),
      readFile,
    })
  } finally {
    await docker.removeContainer(Id, { force: true, volumes: true })
  }
}
