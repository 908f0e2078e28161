import { parseArgs } from 'node:util'
import { describeError } from '../src/lib/errors.ts'
import { awaitUp } from './demo/await-up.ts'
import { checkNames, startNodes } from './demo/nodes.ts'
import { report } from './demo/report.ts'
import { removeDemo, stopDemo } from './demo/stop.ts'
import type { Docker } from './setup/docker.ts'
import { ensureEngine, stopEngineIfOurs } from './setup/engine.ts'
import { ensureExample } from './setup/example.ts'
import { ensureImage } from './setup/image.ts'
import { createSteps } from './setup/steps.ts'

const USAGE = `usage: npm run demo                        set up and start the example
       npm run demo -- --stop [--images]   remove it, with its images if wanted`

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
const steps = createSteps()

/** What an interrupted run has to take back. */
const mine: { docker?: Docker; nodes: boolean; engine: boolean } = { nodes: false, engine: false }

const start = async (): Promise<void> => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const { docker, isOurs } = await ensureEngine(steps, 'demo', stop.signal)
  Object.assign(mine, { docker, engine: isOurs })
  await checkNames(docker)
  const { name, base } = await ensureImage({ docker, arch, steps }, stop.signal)
  await ensureExample({ docker, steps, base, name }, stop.signal)
  const begun = (line: string) => {
    mine.nodes = true
    steps.say(`     $ ${line}`)
  }
  const nodes = await startNodes(docker, begun, stop.signal)
  await steps.step('the cluster is up', (note) => awaitUp(nodes, note, stop.signal))
  stop.signal.throwIfAborted()
  console.log(await report(docker, nodes))
}

const takeBack = async (): Promise<void> => {
  if (mine.docker === undefined) return
  console.log('Interrupted; taking back what this run started.')
  if (mine.nodes) await removeDemo(mine.docker, steps)
  if (mine.engine) await stopEngineIfOurs(mine.docker, 'demo', steps)
}

const main = async (): Promise<number> => {
  const options = { stop: { type: 'boolean' }, images: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  if (values.images && !values.stop) throw new TypeError('--images goes with --stop')
  if (values.stop) {
    await stopDemo(steps, { images: values.images ?? false })
    return 0
  }
  try {
    await start()
    return 0
  } catch (error) {
    if (!stop.signal.aborted) throw error
    await takeBack()
    return 130
  }
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const isUsage = error instanceof TypeError
    console.error(isUsage ? `${error.message}\n${USAGE}` : `\n${describeError(error)}`)
    process.exitCode = isUsage ? 2 : 1
  },
)
