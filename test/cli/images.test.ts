import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BASE, IMAGE, stateOf } from '../support/cluster.ts'
import { docker, inspect, tryDocker } from '../support/docker.ts'
import { engineTest, webYml } from './engine.ts'
import { serfnode } from './harness.ts'

const setup = engineTest('cli-images')
const { cluster, folder, built, ours, ok, project, container: name } = setup

before(setup.removeImages)
after(setup.end)

describe('serfnode build', () => {
  test('makes an image of a folder that has no Dockerfile', async () => {
    const dir = await project('web', {
      'serfnode.yml': webYml,
      'conf/app.env': 'FROM_FILE=yes\n',
      '.dockerignore': '*\n',
    })
    const { code, stdout, stderr } = await serfnode(['build', dir, '-t', built, '--from', IMAGE])
    assert.equal(code, 0, stderr)
    assert.equal(stdout, `${built}\n`)
    assert.match(stderr, /^Step 1\/\d+ : FROM /m)
    const { Config } = await inspect(built)
    assert.ok('5000/tcp' in Config.ExposedPorts)
    assert.equal(Config.Labels['io.serfnode.project'], built)
    assert.ok(Config.Labels['io.serfnode.image'])
    const shown = await docker('run', '--rm', '--entrypoint', 'cat', built, '/conf/app.env')
    assert.equal(shown, 'FROM_FILE=yes')
  })

  test("takes the folder's own Dockerfile, and exposes the ports of its YAML", async () => {
    const dir = await project('plain', {
      Dockerfile: `FROM ${BASE}\nCOPY . /project/`,
      'serfnode.yml': 'children: {app: {image: x, ports: ["8080:80"]}}\n',
    })
    const { image, id } = JSON.parse(await ok('build', dir, '-t', `${built}-plain`, '--json'))
    const { Id, Config } = await inspect(image)
    assert.match(Id, new RegExp(`^sha256:${id.replace('sha256:', '').slice(0, 12)}`))
    assert.deepEqual(Object.keys(Config.ExposedPorts), ['80/tcp'])
  })

  test('copies what the YAML names and its own Dockerfile does not, a module with its bundle', async () => {
    const dir = await project('named', {
      Dockerfile: `FROM ${BASE}\nCOPY serfnode.yml /serfnode.yml\n`,
      'serfnode.yml': 'handlers: {"user:deploy": ./deploy.sh, "query:load": ./load.ts}\n',
      'deploy.sh': '#!/bin/sh\n',
      'load.ts': "export default { 'query:load': () => '1' }\n",
      '.dockerignore': '*.sh\n',
    })
    const tag = `${built}-plain`
    await ok('build', dir, '-t', tag)
    const shown = await docker('run', '--rm', '--entrypoint', 'ls', tag, '/')
    for (const name of ['deploy.sh', 'load.ts', 'load.ts.bundle.mjs']) {
      assert.ok(shown.split('\n').includes(name), shown)
    }
  })

  test("fails with the engine's words and the step at which it failed", async () => {
    const dir = await project('broken', {
      Dockerfile: `FROM ${BASE}\nRUN true\nRUN echo to the log; exit 7\n`,
    })
    const { code, stdout, stderr } = await serfnode(['build', dir, '-t', `${built}-broken`])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^to the log$/m)
    assert.match(
      stderr,
      /^error: build .* at Step 3\/\d+ : RUN echo to the log; exit 7: .*non-zero code: 7$/m,
    )
    assert.equal((await tryDocker(['inspect', `${built}-broken`])).code, 1)
  })

  test('of an image on one that is not there says what to do', async () => {
    const dir = await project('nobase', { 'serfnode.yml': '' })
    const from = `${cluster}-no-such-base`
    const { code, stderr } = await serfnode(['build', dir, '-t', `${built}-broken`, '--from', from])
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`^error: build .*${from}.*\n.*--from`, 'm'))
  })
})

describe('serfnode run', () => {
  test('refuses wrong settings, wrong images and taken names, and leaves nothing behind', async () => {
    const before = await docker('ps', '-aq', '--filter', `label=io.serfnode.test=${cluster}`)
    const cases: [string[], number, RegExp][] = [
      [[built, '--peer', 'not a peer!'], 2, /^environment: PEER/],
      [[built, '--env', 'SERFNODE_CLUTER=x'], 2, /did you mean "SERFNODE_CLUSTER"/],
      [[BASE], 2, /not built on serfnode/],
      [[built, join(folder, 'nope.yml')], 2, /nope\.yml: no such file/],
      [[`${cluster}-no-such-image`], 1, /no-such-image/],
    ]
    for (const [argv, code, message] of cases) {
      const ran = await serfnode(['run', '--name', name('wrong'), ...ours, ...argv])
      assert.deepEqual([ran.code, ran.stdout], [code, ''], ran.stderr)
      assert.match(ran.stderr, message)
      assert.equal(await stateOf(name('wrong')), 'absent')
    }
    const after = await docker('ps', '-aq', '--filter', `label=io.serfnode.test=${cluster}`)
    assert.equal(after, before)
  })

  test('checks the serfnode.yml that is in the image', async () => {
    const dir = await project('bad', {
      Dockerfile: `FROM ${IMAGE}\nCOPY bad.yml /serfnode.yml\n`,
      'bad.yml': 'children:\n  app: {imgae: x}\n',
    })
    await ok('build', dir, '-t', `${built}-plain`)
    const { code, stderr } = await serfnode([
      'run',
      `${built}-plain`,
      '--name',
      name('bad'),
      ...ours,
    ])
    assert.equal(code, 2)
    assert.match(stderr, /^\/serfnode\.yml:2:9: .*did you mean "image"/m)
    assert.equal(await stateOf(name('bad')), 'absent')
  })

  test('removes a node that ends by itself, and shows why it did', async () => {
    const env = ['-e', 'SERFNODE_TOKEN_FILE=/nowhere/token']
    const { code, stdout, stderr } = await serfnode([
      'run',
      built,
      '--name',
      name('ends'),
      ...ours,
      ...env,
    ])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /SERFNODE_TOKEN_FILE: .*\/nowhere\/token/)
    assert.equal(await stateOf(name('ends')), 'absent')
  })

  test('says why a node is not up in time, and leaves it trying', async () => {
    const argv = ['run', IMAGE, '--name', name('late'), '--timeout', '2', '--peer', '192.0.2.1']
    // Of a cluster without a node, so there is no secret to be found.
    const alone = ['--cluster', `${cluster}-alone`, '--label', `io.serfnode.test=${cluster}`]
    const { code, stdout, stderr } = await serfnode([...argv, ...alone])
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^error: start node .*serfnode token.*\n.*serfnode logs -f/m)
    assert.equal(await stateOf(name('late')), 'running')
    assert.equal(await ok('rm', '--force', name('late')), name('late'))
  })
})
