import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { describeError } from '../src/lib/errors.ts'
import { notebooks } from './demo/notebooks/demo.ts'
import { linkTo } from './demo/notebooks/link.ts'
import { runNotebooks } from './demo/notebooks/run-notebooks.ts'
import { createDocker, type Docker } from './setup/docker.ts'
import { findEngineHost } from './setup/engine-socket.ts'
import { SetupError } from './setup/errors.ts'
import { ROOT } from './setup/paths.ts'
import { run } from './setup/run.ts'

// node scripts/with-deps.mjs scripts/screenshot.ts
//
// Makes the picture of docs/notebooks.md again. It needs the demo, running (npm run demo --
// notebooks), and Debian's packages chromium and fonts-dejavu-core.
const FILE = join(ROOT, 'docs/images/notebook.png')
const SIZE = '960,1360'
const LIMIT_KB = 200

const startAgain = async (docker: Docker): Promise<void> => {
  await docker(['stop', 'rabbit'])
  const node = notebooks.nodes.find(({ name }) => name === 'rabbit')
  if (node !== undefined) await docker((await node.run(docker)).args)
}

/** Runs both notebooks and starts `rabbit` again meanwhile, so that the picture shows it. */
const runBoth = async (docker: Docker): Promise<void> => {
  let again: Promise<void> | undefined
  const look = (line: string) => {
    if (line.endsWith('received 3')) again ??= startAgain(docker)
  }
  await runNotebooks(docker, look, AbortSignal.timeout(60_000))
  await again
}

const takePicture = async (link: string): Promise<void> => {
  await mkdir(dirname(FILE), { recursive: true })
  await run('chromium', [
    '--headless',
    '--disable-gpu',
    '--hide-scrollbars',
    // Chromium's own sandbox does not work for root.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    // The page has drawn itself when as much of its own time has passed.
    '--virtual-time-budget=10000',
    `--window-size=${SIZE}`,
    `--screenshot=${FILE}`,
    link,
  ])
}

const main = async (): Promise<void> => {
  const docker = createDocker((await findEngineHost(process.env)).replace(/^unix:\/\//, ''))
  await runBoth(docker)
  await takePicture(await linkTo(docker, { name: 'ipython2', port: 1235 }, 'consumer.ipynb'))
  const kb = Math.ceil((await stat(FILE)).size / 1000)
  if (kb > LIMIT_KB) throw new SetupError('not_ready', `${FILE} has ${kb} kB, over ${LIMIT_KB}`)
  console.log(`${relative(ROOT, FILE)}: ${kb} kB`)
}

main().catch((error: unknown) => {
  console.error(describeError(error))
  process.exitCode = 1
})
