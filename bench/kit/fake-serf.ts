import { chmodSync, mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { ROOT } from '../../scripts/setup/paths.ts'
import { type Deferred, deferred } from '../../src/lib/deferred.ts'
import type { Answer, Order } from '../fake-serf/control.ts'
import type { Context } from './context.ts'
import { hostsFileOf } from './hosts-file.ts'
import { until } from './until.ts'

export type FakeNode = {
  container: string
  hostsFile: string
  order: (order: Order) => Promise<Answer>
  [Symbol.dispose]: () => void
}

/** Bundles a program for the image's Node into a file that can be run as it is. */
export const bundleProgram = async (entry: string, outfile: string): Promise<string> => {
  await build({
    entryPoints: [join(ROOT, 'bench', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    // A file without an ending is CommonJS to Node.
    format: 'cjs',
    target: 'node24',
    banner: { js: '#!/usr/local/bin/node' },
    logLevel: 'silent',
  })
  chmodSync(outfile, 0o755)
  return outfile
}

/** A real node whose serf is the fake: the agent and its supervisor do not know. */
export const startFakeNode = async (
  { cluster, signal }: Context,
  role: string,
): Promise<FakeNode> => {
  const program = await bundleProgram('fake-serf/main.ts', join(cluster.folder, `serf-${role}`))
  const folder = join(cluster.folder, role)
  mkdirSync(folder)
  // The fake makes its socket here, as serf's uid.
  chmodSync(folder, 0o777)
  const mounts = ['-v', `${program}:/usr/bin/serf:ro`, '-v', `${folder}:/bench`]
  // A cluster each: nodes of one cluster on an engine would try to join each other.
  const env = { SERFNODE_CLUSTER: `${cluster.cluster}-${role}` }
  const container = await cluster.start(role, { role, args: mounts, env })
  const open = () => openControl(join(folder, 'control.sock')).catch(() => undefined /* not yet */)
  const control = await until(`the fake serf of ${role} takes orders`, open, {
    signal,
    everyMs: 50,
  })
  return { container, hostsFile: await hostsFileOf(container), ...control }
}

const openControl = (path: string): Promise<Pick<FakeNode, 'order' | typeof Symbol.dispose>> =>
  new Promise((resolve, reject) => {
    const socket = connect(path)
    const waiting: Deferred<Answer>[] = []
    socket.on('error', reject)
    socket.on('close', () => {
      for (const { reject } of waiting) reject(new Error(`${path}: the fake serf has ended`))
    })
    socket.once('connect', () => {
      const answers = createInterface({ input: socket })
      answers.on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
      resolve({
        order: (order) => {
          const answer = deferred<Answer>()
          waiting.push(answer)
          socket.write(`${JSON.stringify(order)}\n`)
          return answer.promise
        },
        [Symbol.dispose]: () => socket.destroy(),
      })
    })
  })
