import type { ContainerInspect } from '../docker/container-types.ts'
import { isDockerError } from '../docker/errors.ts'
import { describeError } from '../lib/errors.ts'
import { clearContainer } from './clear.ts'
import { clearName } from './clear-name.ts'
import type { ChildDocker } from './docker.ts'
import { childDocument } from './documents.ts'
import { ensureImage } from './image.ts'
import type { Busy, Step } from './plan.ts'
import type { Seen } from './types.ts'

/** A child's network comes back within 5 s of the node's, unless it asks for a longer grace itself. */
const REATTACH_GRACE_S = 2

export type StepContext = {
  docker: ChildDocker
  memberId: string
  own: ContainerInspect
  /** The image was there when it was last asked for, and nothing was made of it yet. */
  imageReady: boolean
  signal: AbortSignal
  onState: (state: Busy['state']) => void
  onImage: () => void
  /** The warning of a topic, replacing the one before. */
  onWarning: (topic: 'image' | 'create' | 'me.json', warning?: string) => void
  /** From here on what befalls the container is our doing. */
  onHand: (id: string) => void
}

/** Does the step. Each is safe to repeat: the engine's list decides what comes next. */
export const doStep = async (step: Step, context: StepContext): Promise<void> => {
  switch (step.type) {
    case 'create':
      return create(step, context)
    case 'start':
      await writeMe(step.container, context)
      context.signal.throwIfAborted()
      return context.docker.startContainer(step.container.id)
    case 'reattach': {
      const { id, stopTimeoutS = REATTACH_GRACE_S } = step.container
      context.onHand(id)
      await writeMe(step.container, context)
      context.signal.throwIfAborted()
      return context.docker.restartContainer(id, { timeoutS: stopTimeoutS })
    }
    case 'remove':
      context.onState('stopping')
      context.onHand(step.container.id)
      return clearContainer(context.docker, step.container)
  }
}

const create = async (
  { settings, wanted, replaces }: Extract<Step, { type: 'create' }>,
  { docker, own, signal, ...context }: StepContext,
): Promise<void> => {
  if (!context.imageReady) {
    const onPull = () => context.onState('pulling')
    const warning = await ensureImage(docker, settings, { signal, onPull })
    context.onWarning('image', warning)
    context.onImage()
  }
  for (const old of replaces) {
    signal.throwIfAborted()
    context.onState('stopping')
    context.onHand(old.id)
    await clearContainer(docker, old)
  }
  signal.throwIfAborted()
  context.onState('starting')
  const make = () => docker.createContainer(wanted.name, wanted.body)
  const { Warnings } = await make().catch(async (error) => {
    if (!isDockerError(error, 'conflict')) throw error
    await clearName(docker, wanted.name, own.Id)
    return make()
  })
  context.onWarning('create', Warnings.length > 0 ? Warnings.join('; ') : undefined)
}

/** The engine writes it, so the child's image needs no shell; a read-only one goes without. */
const writeMe = async (
  { id }: Seen,
  {
    docker,
    memberId,
    own,
    onWarning,
  }: Pick<StepContext, 'docker' | 'memberId' | 'own' | 'onWarning'>,
): Promise<void> => {
  try {
    const child = await docker.inspectContainer(id)
    const content = `${JSON.stringify(childDocument(memberId, child, own))}\n`
    await docker.writeFiles(id, '/', [{ name: 'me.json', content, mode: 0o644 }])
    onWarning('me.json')
  } catch (error) {
    onWarning('me.json', `has no /me.json: ${describeError(error)}`)
  }
}
