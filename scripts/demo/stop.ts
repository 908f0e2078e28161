import { LABEL_INPUTS } from '../setup/build.ts'
import { createDocker, type Docker, imageId } from '../setup/docker.ts'
import { stopEngineIfOurs } from '../setup/engine.ts'
import { findEngineHost, probeEngine } from '../setup/engine-socket.ts'
import { SetupError } from '../setup/errors.ts'
import { imagesOf } from '../setup/example.ts'
import type { Steps } from '../setup/steps.ts'
import type { Demo } from './demo.ts'
import { DEMOS } from './demos.ts'
import { removeDemo } from './remove.ts'

/** What the images of all demos are made of. */
const COMMON = ['serfnode', 'serfnode-base:trixie']

const removeImages = async (docker: Docker, demos: Demo[], { step, say }: Steps): Promise<void> => {
  const own = demos.flatMap(({ example }) => imagesOf(example).toReversed())
  const kept: string[] = []
  await step('remove the images', async (note) => {
    for (const name of demos.length === DEMOS.length ? [...own, ...COMMON] : own) {
      note(name)
      if ((await imageId(docker, name)) === undefined) continue
      await docker(['rmi', name]).catch(() => kept.push(name))
    }
    // What the builder keeps of the stage in which Node is stripped, and images that lost their name
    // to a newer one while they were in use.
    for (const label of ['io.serfnode.stage', LABEL_INPUTS]) {
      await docker(['image', 'prune', '--force', '--filter', `label=${label}`])
    }
  })
  if (kept.length > 0) say(`     still in use, and kept: ${kept.join(', ')}`)
}

/** `npm run demo -- --stop`. */
export const stopDemos = async (
  demos: Demo[],
  steps: Steps,
  { images }: { images: boolean },
): Promise<void> => {
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
  for (const demo of demos) await removeDemo(docker, demo, steps)
  if (images) await removeImages(docker, demos, steps)
  else steps.say('     images are kept; npm run demo -- --stop --images removes them too')
  await stopEngineIfOurs(docker, 'demo', steps)
}
