import { parseArgs } from 'node:util'
import { describeError } from '../src/lib/errors.ts'
import type { Demo } from './demo/demo.ts'
import { DEMOS } from './demo/demos.ts'
import { checkFree } from './demo/free.ts'
import { removeDemo } from './demo/remove.ts'
import { startNodes } from './demo/start.ts'
import { stopDemos } from './demo/stop.ts'
import type { Docker } from './setup/docker.ts'
import { ensureEngine, stopEngineIfOurs } from './setup/engine.ts'
import { ensureExample } from './setup/example.ts'
import { ensureImage } from './setup/image.ts'
import { createSteps } from './setup/steps.ts'
import { stopSignal } from './setup/stop-signal.ts'

const USAGE = `usage: npm run demo                        set up and start the example
       npm run demo -- notebooks           the notebooks of the 2015 talk instead
       npm run demo -- --stop [--images]   remove all of both, with the images if wanted
       npm run demo -- NAME --stop         remove one: ${DEMOS.map(({ name }) => name).join(' or ')}`

const signal = stopSignal()
const steps = createSteps()

/** What an interrupted run has to take back. */
const mine: { docker?: Docker; nodes: string[]; engine: boolean } = { nodes: [], engine: false }

const start = async (demo: Demo): Promise<void> => {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const { docker, isOurs } = await ensureEngine(steps, 'demo', signal)
  Object.assign(mine, { docker, engine: isOurs })
  await checkFree(docker, demo)
  const { name, base } = await ensureImage({ docker, arch, steps }, signal)
  await ensureExample(demo.example, { docker, steps, base, name }, signal)
  const typed = new Set<string>()
  const begun = (lines: string[], made?: string) => {
    if (made !== undefined) mine.nodes.push(made)
    // A variable is set once.
    for (const line of lines) if (!typed.has(line)) steps.say(`     $ ${line}`)
    for (const line of lines) typed.add(line)
  }
  const nodes = await startNodes(docker, demo, begun, signal)
  console.log(await demo.show(docker, nodes, steps, signal))
}

const takeBack = async (demo: Demo): Promise<void> => {
  if (mine.docker === undefined) return
  console.log('Interrupted; taking back what this run started.')
  if (mine.nodes.length > 0) await removeDemo(mine.docker, demo, steps, mine.nodes)
  if (mine.engine) await stopEngineIfOurs(mine.docker, 'demo', steps)
}

const wanted = (names: string[]): Demo[] =>
  names.map((name) => {
    const demo = DEMOS.find((each) => each.name === name)
    if (demo === undefined) throw new TypeError(`there is no demo ${name}`)
    return demo
  })

const main = async (): Promise<number> => {
  const options = { stop: { type: 'boolean' }, images: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.images && !values.stop) throw new TypeError('--images goes with --stop')
  if (positionals.length > 1) throw new TypeError('one demo at a time')
  const named = wanted(positionals)
  if (values.stop) {
    const demos = named.length > 0 ? named : DEMOS
    await stopDemos(demos, steps, { images: values.images ?? false })
    return 0
  }
  const demo = named[0] ?? DEMOS[0]
  try {
    await start(demo)
    return 0
  } catch (error) {
    if (!signal.aborted) throw error
    await takeBack(demo)
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
