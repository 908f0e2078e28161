import { createDocker, type Docker, imageId } from '../setup/docker.ts'
import { stopEngineIfOurs } from '../setup/engine.ts'
import { findEngineHost, probeEngine } from '../setup/engine-socket.ts'
import { SetupError } from '../setup/errors.ts'
import { EXAMPLE_IMAGES } from '../setup/example.ts'
import type { Steps } from '../setup/steps.ts'
import { removeNodes, removeVolume } from './nodes.ts'

/** The volume that examples/mysql-nginx/mysql/serfnode.yml names. */
const VOLUME = 'serfnode-example-mysql-data'
const IMAGES = [...EXAMPLE_IMAGES.toReversed(), 'serfnode', 'serfnode-base:trixie']

/** Removes what the demo runs: nodes, children, volumes. */
export const removeDemo = async (docker: Docker, { step }: Steps): Promise<void> => {
  await step('stop and remove nodes, children and volumes', async (note) => {
    note(`${await removeNodes(docker)} containers removed`)
    await removeVolume(docker, VOLUME)
  })
}

const removeImages = async (docker: Docker, { step, say }: Steps): Promise<void> => {
  const kept: string[] = []
  await step('remove the images', async (note) => {
    for (const name of IMAGES) {
      note(name)
      if ((await imageId(docker, name)) === undefined) continue
      await docker(['rmi', name]).catch(() => kept.push(name))
    }
    // What the builder keeps of the stage in which Node is stripped.
    const stage = 'label=io.serfnode.stage'
    await docker(['image', 'prune', '--force', '--filter', stage])
  })
  if (kept.length > 0) say(`     still in use, and kept: ${kept.join(', ')}`)
}

/** `npm run demo -- --stop`. */
export const stopDemo = async (steps: Steps, { images }: { images: boolean }): Promise<void> => {
  const socket = (await findEngineHost(process.env)).replace(/^unix:\/\//, '')
  const state = await probeEngine(socket)
  if (state.type === 'absent' || state.type === 'silent') {
    steps.say('No Docker engine runs, so nothing of the demo does.')
    return
  }
  if (state.type === 'denied') {
    throw new SetupError('engine_denied', `no right to use Docker's socket ${socket}`)
  }
  const docker = createDocker(socket)
  await removeDemo(docker, steps)
  if (images) await removeImages(docker, steps)
  else steps.say('     images are kept; npm run demo -- --stop --images removes them too')
  await stopEngineIfOurs(docker, 'demo', steps)
}
