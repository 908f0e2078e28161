import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connectDocker } from '../../src/docker/client.ts'
import { serfnode } from '../cli/harness.ts'
import { BASE, IMAGE, SOCKET, testCluster, untilState } from '../support/cluster.ts'
import { docker, TEST_LABEL, tryDocker } from '../support/docker.ts'
import { type DockerProxy, startDockerProxy } from '../support/docker-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { childStatusOf, logOf, untilChild } from '../support/node.ts'

/** What engine 20.10 said on a full disk of its own; no test can fill the disk of this machine. */
const FULL =
  'write /var/lib/docker/overlay2/b8e6d135346d0afda2c4626ef7cafc7d91cd913533b9ea4b372986bdf3966331-init/link: no space left on device'

describe('an engine that refuses is explained', () => {
  const cluster = testCluster('advice')
  const folder = join(cluster.folder, 'engine')
  const socketPath = join(folder, 'docker.sock')
  let proxy: DockerProxy
  before(async () => {
    mkdirSync(folder)
    proxy = await startDockerProxy({ socketPath })
  })
  after(async () => {
    cluster[Symbol.dispose]()
    await proxy.close()
  })
  const ours = ['--cluster', cluster.cluster, '--label', `${TEST_LABEL}=${cluster.cluster}`]

  test('when there is no such image', async () => {
    const { code, stdout, stderr } = await serfnode(['run', 'sntest-advice-no-such-image'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^error: start a node of sntest-advice-no-such-image: pull image .*\nis the name right\? docker images lists/m,
    )
  })

  test('when the socket may not be used', async () => {
    const nobody = ['--user', '65534:65534', ...SOCKET, '--label', 'io.serfnode.helper=cli']
    const { code, stdout, stderr } = await tryDocker(['run', '--rm', ...nobody, IMAGE, 'ps'])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^error: [^\n]*permission denied \(\/var\/run\/docker\.sock\)[^\n]*\nbecome root, or join the group/,
    )
  })

  test('when a port is taken, with the port to change', async () => {
    const holder = cluster.container('holder')
    const label = ['--label', `${TEST_LABEL}=${cluster.cluster}`]
    await docker('run', '-d', '--init', '--name', holder, ...label, '-p', '80', BASE, 'sleep', '1d')
    const port = (await docker('port', holder, '80')).split('\n')[0]?.split(':').at(-1)
    const name = cluster.container('late')
    const argv = ['run', IMAGE, '--name', name, ...ours, '-p', `${port}:8080`]
    const { code, stderr } = await serfnode(argv)
    assert.equal(code, 1)
    assert.match(
      stderr,
      /port is already allocated\npublish it elsewhere: -p OTHER:8080; docker ps/,
    )
    await untilState(name, 'absent')
  })

  test('when its disk is full', async () => {
    const fault = { type: 'status', status: 500, message: FULL } as const
    const heal = proxy.fault({ method: 'POST', path: /^\/containers\/create/, fault })
    const world = { docker: async () => connectDocker({ socketPath }) }
    const { code, stderr } = await serfnode(['run', IMAGE, ...ours], world)
    heal()
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^error: [^\n]*no space left on device\n[^\n]*disk is full: docker system df/,
    )
  })

  test('to whoever looks why a child does not start, in its status and in the log', async () => {
    const full = cluster.child('node', 'full')
    const path = new RegExp(`^/containers/create\\?name=${full}`)
    proxy.fault({ path, fault: { type: 'status', status: 500, message: FULL } })
    const children = {
      missing: { image: 'sntest-advice-no-such-image' },
      never: { image: 'sntest-advice-no-such-image', pull: 'never' },
      odd: { image: BASE, command: 'sntest-no-such-program' },
      full: { image: BASE, command: 'sleep 1d' },
    }
    const node = await cluster.start('node', {
      yml: JSON.stringify({ children }),
      socket: false,
      env: { DOCKER_SOCKET: '/engine/docker.sock' },
      args: ['-v', `${folder}:/engine`],
    })
    const expected: [child: string, reason: RegExp][] = [
      [
        'missing',
        /^image sntest-advice-no-such-image is not here: .*\(.*docker build(,| or) docker pull/,
      ],
      ['never', /^image sntest-advice-no-such-image is not here \(pull is never, so docker build/],
      ['odd', /executable file not found.*\(the image has no such program/],
      ['full', /no space left on device \(the engine's disk is full: docker system df/],
    ]
    for (const [child, reason] of expected) {
      await untilChild(node, child, { state: 'backoff' })
      assert.match((await childStatusOf(node, child)).last_reason ?? '', reason)
      await eventually(async () => assert.match(await logOf(node), reasonInLog(child, reason)))
    }
    const { stdout } = await serfnode(['status', node], { columns: 80 })
    assert.match(stdout.replace(/\s+/g, ' '), /disk is full: docker system df says of what\)/)
  })
})

const reasonInLog = (child: string, { source }: RegExp): RegExp =>
  new RegExp(`"msg":"child ${child}: .*${source.replace(/^\^/, '')}`)
