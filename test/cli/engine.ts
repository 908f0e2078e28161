import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BASE, testCluster } from '../support/cluster.ts'
import { tryDocker } from '../support/docker.ts'
import { serfnode } from './harness.ts'

/** A node of a child that runs and one that cannot. */
export const webYml = `serfnode: {role: web}
children:
  app: {image: '${BASE}', command: sleep 1d, init: true, expose: [5000], env_file: conf/app.env}
  missing: {image: 'sntest-cli-no-such-image', pull: never}
`

/** What tests of the CLI on a real engine share: a cluster, a folder and images, all removed. */
export const engineTest = (cluster: string) => {
  const setup = testCluster(cluster)
  const built = `${setup.cluster}-image`
  const images = [built, `${built}-plain`, `${built}-broken`]
  const removeImages = () => Promise.all(images.map((image) => tryDocker(['rmi', '-f', image])))
  return {
    ...setup,
    built,
    removeImages,
    /** The options by which a node of `serfnode run` is one of this test. */
    ours: [
      ...['--cluster', setup.cluster, '--label', `io.serfnode.test=${setup.cluster}`],
      ...['--restart', 'no'],
    ],
    /** Runs a command that has to succeed. */
    ok: async (...argv: string[]): Promise<string> => {
      const { code, stdout, stderr } = await serfnode(argv)
      assert.equal(code, 0, `serfnode ${argv.join(' ')}: ${stderr}`)
      return stdout.trim()
    },
    /** Writes a folder of files; resolves to its path. */
    project: async (dir: string, files: Record<string, string>): Promise<string> => {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(join(setup.folder, dir, file, '..'), { recursive: true })
        await writeFile(join(setup.folder, dir, file), text)
      }
      return join(setup.folder, dir)
    },
    end: async (): Promise<void> => {
      setup[Symbol.dispose]()
      await removeImages()
    },
  }
}
