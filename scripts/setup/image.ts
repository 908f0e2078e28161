import { existsSync } from 'node:fs'
import {
  chmod,
  copyFile,
  cp,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
} from 'node:fs/promises'
import { join } from 'node:path'
import { readIfThere, writeAtomic } from '../../src/lib/files.ts'
import { ensureBase } from './base.ts'
import { ensureBuilt, filesIn } from './build.ts'
import { BUNDLES, bundle, readVersion } from './bundle.ts'
import { type Docker, imageId } from './docker.ts'
import { SetupError } from './errors.ts'
import { type Arch, fetchNodeRuntime } from './node-runtime.ts'
import { CACHE, DIST, ROOT } from './paths.ts'
import type { Steps } from './steps.ts'

/** There when the kernel hands arm64 programs to qemu. */
const EMULATOR = '/proc/sys/fs/binfmt_misc/qemu-aarch64'

/** Unpacked megabytes above the base that the image may have. */
const LIMIT_MB = 132

const isPlain = (path: string) => /\/down$|\.cjs$|Dockerfile$|\/templates\//.test(path)

/** Lays out the build context; modes are fixed, whatever umask the checkout was made under. */
const stage = async (context: string, nodeBinary: string): Promise<void> => {
  await cp(join(ROOT, 'image/rootfs'), join(context, 'rootfs'), { recursive: true })
  const templates = join(context, 'rootfs/usr/lib/serfnode/templates')
  await cp(join(ROOT, 'templates'), templates, { recursive: true })
  await copyFile(join(ROOT, 'image/Dockerfile'), join(context, 'Dockerfile'))
  for (const name of Object.keys(BUNDLES)) {
    await copyFile(join(DIST, `${name}.cjs`), join(context, `${name}.cjs`))
  }
  for (const path of await filesIn(context)) await chmod(path, isPlain(path) ? 0o644 : 0o755)
  const folders = await readdir(context, { recursive: true, withFileTypes: true })
  for (const entry of folders.filter((each) => each.isDirectory())) {
    await chmod(join(entry.parentPath, entry.name), 0o755)
  }
  await link(nodeBinary, join(context, 'node'))
}

const sizeMb = async (docker: Docker, name: string): Promise<number> =>
  Number(await docker(['image', 'inspect', '--format', '{{.Size}}', name])) / 1e6

const checkSize = async (docker: Docker, name: string, base: string): Promise<string> => {
  const above = ((await sizeMb(docker, name)) - (await sizeMb(docker, base))).toFixed(1)
  if (Number(above) <= LIMIT_MB) return `${above} MB above its base (at most ${LIMIT_MB})`
  throw new SetupError('not_ready', `build ${name}: ${above} MB above its base, over ${LIMIT_MB}`)
}

/**
 * Builds `serfnode` from this checkout, or says that it is there already. On another machine than
 * arm64, `serfnode:arm64` needs an engine that can run arm64 programs (binfmt and qemu).
 */
export const ensureImage = async (
  { docker, arch, steps }: { docker: Docker; arch: Arch; steps: Steps },
  signal: AbortSignal,
): Promise<{ name: string; base: string }> => {
  const foreign = arch === 'arm64' && process.arch !== 'arm64'
  const name = foreign ? 'serfnode:arm64' : 'serfnode'
  if (foreign && !existsSync(EMULATOR)) {
    const hint = 'install qemu-user-static and binfmt-support, or build on such a machine'
    throw new SetupError('not_ready', `build ${name}: this machine cannot run arm64: ${hint}`)
  }
  const base = await ensureBase({ docker, arch, steps }, signal)
  const binary = await steps.step('Node runtime', (note) => fetchNodeRuntime(arch, note, signal))
  await steps.step('bundles of agent and CLI', () => bundle())
  const context = await mkdtemp(join(DIST, 'image-'))
  try {
    await stage(context, binary)
    const pin = await readFile(join(ROOT, 'image/node.json'), 'utf8')
    const wish = {
      name,
      context,
      skip: ['node'],
      facts: [(await imageId(docker, base)) ?? base, pin, arch],
      args: { BASE: base, VERSION: await readVersion() },
      ...(foreign ? { platform: 'linux/arm64' } : {}),
    }
    const { built, inputs } = await ensureBuilt(wish, { docker, steps }, signal)
    if (built) steps.say(`     ${name}: ${await checkSize(docker, name, base)}`)
    if (!foreign) await copySerf(docker, name, inputs)
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  return { name, base }
}

/** The packaged serf on this machine, for the tests that talk to a real one. */
const copySerf = async (docker: Docker, name: string, inputs: string): Promise<void> => {
  const folder = join(CACHE, 'serf')
  const stamp = join(folder, 'inputs')
  if ((await readIfThere(stamp)) === inputs) return
  await mkdir(folder, { recursive: true })
  const id = (await docker(['create', '--label', 'io.serfnode.helper=copy', name])).trim()
  try {
    // A test may be running the binary of before.
    await docker(['cp', `${id}:/usr/bin/serf`, join(folder, 'serf.new')])
    await rename(join(folder, 'serf.new'), join(folder, 'serf'))
  } finally {
    await docker(['rm', '--volumes', id])
  }
  await writeAtomic(stamp, inputs)
}
