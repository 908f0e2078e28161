import type { ChildSettings } from '../config/types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError } from '../lib/errors.ts'
import type { ChildDocker } from './docker.ts'
import { ChildError } from './errors.ts'

type Images = Pick<ChildDocker, 'inspectImage' | 'pullImage'>

/**
 * Sees to it that the child's image is there; resolves to a warning when an older one must do.
 * Rejects with ChildError `image`, or with what the engine says when it does not answer.
 */
export const ensureImage = async (
  docker: Images,
  { image, pull }: Pick<ChildSettings, 'image' | 'pull'>,
  { signal, onPull }: { signal: AbortSignal; onPull: () => void },
): Promise<string | undefined> => {
  if (pull !== 'always' && (await docker.inspectImage(image))) return undefined
  if (pull === 'never') {
    const advice = 'pull is never, so docker build or docker pull has to bring it'
    throw new ChildError('image', `image ${image} is not here (${advice})`)
  }
  onPull()
  try {
    await docker.pullImage(image, { signal })
    return undefined
  } catch (cause) {
    if (signal.aborted || isDockerError(cause, 'unreachable')) throw cause
    if (pull === 'always' && (await docker.inspectImage(image))) {
      return `uses the image that is here: ${describeError(cause)}`
    }
    throw new ChildError('image', `image ${image} is not here`, { cause })
  }
}
