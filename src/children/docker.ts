import type { Docker } from '../docker/client.ts'

/** The part of the engine that children are run with. */
export type ChildDocker = Pick<
  Docker,
  | 'listContainers'
  | 'inspectContainer'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'restartContainer'
  | 'removeContainer'
  | 'writeFiles'
  | 'inspectImage'
  | 'pullImage'
  | 'removeVolume'
  | 'events'
>
