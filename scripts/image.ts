import { describeError } from '../src/lib/errors.ts'
import { ensureEngine } from './setup/engine.ts'
import { ensureImage } from './setup/image.ts'
import { createSteps } from './setup/steps.ts'
import { stopSignal } from './setup/stop-signal.ts'

// node scripts/with-deps.mjs scripts/image.ts [--arch arm64]
const at = process.argv.indexOf('--arch')
const wanted = at === -1 ? process.arch : process.argv[at + 1]
const arch = wanted === 'amd64' ? 'x64' : wanted
if (arch !== 'x64' && arch !== 'arm64') {
  console.error(`--arch ${wanted}: x64 (amd64) or arm64 is possible`)
  process.exit(2)
}

const signal = stopSignal()
const steps = createSteps()
try {
  const { docker } = await ensureEngine(steps, 'demo', signal)
  await ensureImage({ docker, arch, steps }, signal)
} catch (error) {
  console.error(signal.aborted ? 'stopped' : describeError(error))
  process.exitCode = 1
}
