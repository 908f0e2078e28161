import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pack } from 'tar-stream'
import { IMAGE, Labels, labels, realEngine } from './real-engine.ts'

const { docker, prefix, create } = realEngine('images')

describe('an image', () => {
  const context = (dockerfile: string) => {
    const tar = pack()
    tar.entry({ name: 'Dockerfile' }, dockerfile)
    tar.finalize()
    return tar
  }

  test('is built with arguments and labels, tagged, listed and removed', async () => {
    const tag = `${prefix}:built`
    let said = ''
    const id = await docker.buildImage(
      context(`FROM ${IMAGE}\nARG A=x\nENV A=$A\nRUN echo "A is $A"\nEXPOSE 80\n`),
      { tag, buildArgs: { A: 'y' }, labels: Labels, noCache: true },
      {
        onProgress: ({ stream }) => {
          said += stream ?? ''
        },
      },
    )
    assert.match(said, /Step 1\/6.*A is y/s)
    const built = await docker.inspectImage(tag)
    assert.equal(built?.Id, id)
    assert.ok(built.Config.Env.includes('A=y'))
    assert.equal(built.Config.Labels['io.serfnode.test'], '1')
    assert.deepEqual(built.Config.ExposedPorts, { '80/tcp': {} })

    await docker.tagImage(id, `${prefix}:other`)
    const listed = await docker.listImages({ labels, reference: `${prefix}:*` })
    assert.deepEqual(listed[0]?.RepoTags.toSorted(), [tag, `${prefix}:other`])
    await create('image-user', { Image: tag })
    await assert.rejects(docker.removeImage(id), { code: 'conflict' })
    await docker.removeContainer(`${prefix}-image-user`)
    await docker.removeImage(tag)
    await docker.removeImage(`${prefix}:other`)
    assert.equal(await docker.inspectImage(id), undefined)
  })

  test('whose step fails tells the step and the engine’s words', async () => {
    const build = docker.buildImage(context(`FROM ${IMAGE}\nRUN exit 7\n`), { tag: prefix })
    const error = await build.catch((reason) => reason)
    assert.equal(error.code, 'bad-request')
    assert.equal(error.facts.step, 'Step 2/2 : RUN exit 7')
    assert.match(error.message, /returned a non-zero code: 7/)
  })

  test('whose Dockerfile is wrong or missing is refused', async () => {
    for (const [dockerfile, words] of [
      ['FORM x\n', /unknown instruction: FORM/i],
      ['', /Dockerfile.*empty/i],
    ] as const) {
      await assert.rejects(docker.buildImage(context(dockerfile), { tag: prefix }), {
        code: 'bad-request',
        message: words,
      })
    }
  })

  test('cannot be pulled from a registry that is not there; later perhaps', async () => {
    await assert.rejects(docker.pullImage(`127.0.0.1:9/${prefix}:1`), {
      code: 'server',
      retryable: true,
      message: /connection refused/,
    })
  })
})

test('volumes are made, listed, used and removed', async () => {
  const name = `${prefix}-volume`
  const made = await docker.createVolume(name, { labels: Labels })
  assert.deepEqual([made.Name, made.Labels], [name, Labels])
  assert.deepEqual(await docker.inspectVolume(name), made)
  const dangling = async () =>
    (await docker.listVolumes({ labels, dangling: true })).map((v) => v.Name)
  assert.ok((await dangling()).includes(name))
  const Mounts = [{ Type: 'volume' as const, Source: name, Target: '/data' }]
  const id = await create('volume-user', { HostConfig: { Mounts } })
  const { Mounts: mounted } = await docker.inspectContainer(id)
  assert.deepEqual(
    [mounted[0]?.Name, mounted[0]?.Destination, mounted[0]?.RW],
    [name, '/data', true],
  )
  assert.ok(!(await dangling()).includes(name))
  await assert.rejects(docker.removeVolume(name), { code: 'conflict' })
  await docker.removeContainer(id, { volumes: true })
  await docker.removeVolume(name)
  await assert.rejects(docker.inspectVolume(name), { code: 'not-found' })
})

test('networks are made once, listed, inspected and removed', async () => {
  const name = `${prefix}-network`
  const id = await docker.createNetwork(name, { labels: Labels, internal: true })
  await assert.rejects(docker.createNetwork(name), { code: 'conflict' })
  const one = await docker.inspectNetwork(name)
  assert.deepEqual([one.Id, one.Driver, one.Internal, one.Containers], [id, 'bridge', true, {}])
  assert.match(one.IPAM.Config[0]?.Subnet ?? '', /^\d+\.\d+\.\d+\.\d+\/\d+$/)
  assert.deepEqual(
    (await docker.listNetworks({ names: [name] })).map(({ Id }) => Id),
    [id],
  )
  assert.deepEqual(await docker.listNetworks({ names: [prefix] }), [])
  await docker.removeNetwork(id)
  await assert.rejects(docker.inspectNetwork(id), { code: 'not-found' })
})
