import { type Docker, imageId } from '../setup/docker.ts'
import type { Demo, RunningNode } from './demo.ts'
import { find } from './find.ts'
import { freePort } from './free.ts'
import { removeNodes } from './remove.ts'

/**
 * Starts the nodes that do not run yet, and those anew whose image was built again. `started` is
 * called before each with the lines that start it, and with its name when it is made by them.
 */
export const startNodes = async (
  docker: Docker,
  demo: Demo,
  started: (lines: string[], made?: string) => void,
  signal: AbortSignal,
): Promise<RunningNode[]> => {
  const running: RunningNode[] = []
  for (const node of demo.nodes) {
    signal.throwIfAborted()
    const { name } = node
    const found = await find(docker, demo, name)
    const isCurrent = found?.image === (await imageId(docker, node.image))
    if (found && isCurrent) {
      if (!found.isRunning) {
        started([`docker start ${name}`])
        await docker(['start', name])
      }
      running.push({ name, ...(found.port ? { port: found.port } : {}) })
      continue
    }
    if (found) await removeNodes(docker, demo, [name])
    const port = await freePort(docker, node)
    const { args, lines } = await node.run(docker, port)
    started(lines, name)
    // Cut short, its container would come after those of this run were taken back.
    await docker(args, { apart: true })
    running.push({ name, ...(port ? { port } : {}) })
  }
  return running
}
