import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pack } from 'tar-stream'
import {
  type ContainerCreate,
  connectDocker,
  type DockerEvent,
  type OutputChunk,
} from '../../src/docker/client.ts'
import { eventually } from '../support/eventually.ts'

const IMAGE = 'serfnode-base:trixie'
const PREFIX = 'sntest-docker'
const Labels = { 'io.serfnode.test': '1' }
const labels = ['io.serfnode.test=1']
const docker = connectDocker({ socketPath: '/var/run/docker.sock' })

/** Also what a killed run left; other tests' containers carry the label too, but not our prefix. */
const sweep = async () => {
  for (const { Id, Names } of await docker.listContainers({ all: true, labels })) {
    if (!Names.some((name) => name.startsWith(`/${PREFIX}`))) continue
    await docker.removeContainer(Id, { force: true, volumes: true })
  }
  for (const { Name } of await docker.listVolumes({ labels })) {
    if (Name.startsWith(PREFIX)) await docker.removeVolume(Name)
  }
  for (const { Id, Name } of await docker.listNetworks({ labels })) {
    if (Name.startsWith(PREFIX)) await docker.removeNetwork(Id)
  }
  for (const { RepoTags } of await docker.listImages({ reference: PREFIX })) {
    for (const tag of RepoTags) await docker.removeImage(tag, { force: true })
  }
}

const create = async (name: string, body: Partial<ContainerCreate> = {}): Promise<string> => {
  const { Id } = await docker.createContainer(`${PREFIX}-${name}`, {
    Image: IMAGE,
    Labels,
    Cmd: ['sleep', '600'],
    StopSignal: 'SIGKILL',
    ...body,
  })
  return Id
}

const run = async (name: string, body: Partial<ContainerCreate> = {}): Promise<string> => {
  const id = await create(name, body)
  await docker.startContainer(id)
  return id
}

const text = async (source: AsyncIterable<OutputChunk>): Promise<string> => {
  let all = ''
  for await (const { data } of source) all += data
  return all
}

before(sweep)
after(sweep)

describe('a container', () => {
  test('lives the whole life', async () => {
    const id = await create('life', {
      Env: ['A=b'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } },
    })
    const name = `${PREFIX}-life`
    const created = await docker.inspectContainer(name)
    assert.deepEqual(
      [created.Id, created.Name, created.State.Status, created.Config.Labels],
      [id, `/${name}`, 'created', Labels],
    )
    assert.ok(created.Config.Env.includes('A=b'))

    await docker.startContainer(id)
    await docker.startContainer(id)
    const { State, NetworkSettings } = await docker.inspectContainer(id)
    assert.ok(State.Running && State.Pid > 0 && NetworkSettings.IPAddress)
    assert.ok(Number(NetworkSettings.Ports['80/tcp']?.[0]?.HostPort) > 0)

    await docker.restartContainer(id, { timeoutS: 0 })
    const again = await docker.inspectContainer(id)
    assert.notEqual(again.State.Pid, State.Pid)
    await docker.stopContainer(id, { timeoutS: 0 })
    await docker.stopContainer(id, { timeoutS: 0 })
    await assert.rejects(docker.killContainer(id), { code: 'conflict' })
    await assert.rejects(docker.exec(id, { cmd: ['true'] }), { code: 'conflict' })

    await docker.renameContainer(id, `${name}2`)
    await docker.removeContainer(id)
    await assert.rejects(docker.inspectContainer(id), { code: 'not-found', retryable: false })
    await assert.rejects(docker.removeContainer(id), { code: 'not-found' })
  })

  test('is listed by exact name and by label', async () => {
    const id = await create('listed')
    await create('listed-too')
    const query = { all: true, labels, names: [`${PREFIX}-listed`] }
    assert.deepEqual(
      (await docker.listContainers(query)).map(({ Id, Names, State }) => ({ Id, Names, State })),
      [{ Id: id, Names: [`/${PREFIX}-listed`], State: 'created' }],
    )
    assert.deepEqual(await docker.listContainers({ ...query, all: false }), [])
    assert.deepEqual(await docker.listContainers({ ...query, labels: ['io.serfnode.test=2'] }), [])
  })

  test('with a taken name is a conflict, without an image not-found', async () => {
    await create('taken')
    await assert.rejects(create('taken'), { code: 'conflict', retryable: false })
    await assert.rejects(create('no-image', { Image: `${PREFIX}:none` }), { code: 'not-found' })
  })

  test('whose port is taken may start later, whose command is missing not', async () => {
    const publish = (HostPort: string) => ({
      // The engine publishes only what is exposed, too.
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort }] } },
    })
    const first = await run('port', publish(''))
    const { NetworkSettings } = await docker.inspectContainer(first)
    const port = NetworkSettings.Ports['80/tcp']?.[0]?.HostPort ?? ''
    const second = await create('port-too', publish(port))
    await assert.rejects(docker.startContainer(second), {
      code: 'server',
      retryable: true,
      message: /port is already allocated/,
    })
    const missing = await create('no-command', { Cmd: ['/no/such/command'] })
    await assert.rejects(docker.startContainer(missing), {
      code: 'bad-request',
      retryable: false,
      message: /no such file/,
    })
  })
})

describe('inside a container', () => {
  let id = ''
  before(async () => {
    id = await run('inside')
  })

  test('a command gives its output, errors and exit code', async () => {
    const script = 'echo "$A $(id -u)"; echo oops >&2; exit 3'
    assert.deepEqual(
      await docker.exec(id, { cmd: ['sh', '-c', script], env: ['A=ä'], user: '1000' }),
      { exitCode: 3, stdout: 'ä 1000\n', stderr: 'oops\n' },
    )
  })

  test('a command gets its input whole, and its end', async () => {
    const stdin = 'x'.repeat(1_000_000)
    const { stdout, exitCode } = await docker.exec(id, { cmd: ['cat'], stdin })
    assert.equal(exitCode, 0)
    assert.ok(stdout === stdin, `${stdout.length} bytes came back`)
  })

  test('a command that is not there ends with 126 or 127', async () => {
    const { exitCode } = await docker.exec(id, { cmd: ['/no/such/command'] })
    assert.ok(exitCode === 126 || exitCode === 127, String(exitCode))
  })

  test('a command that takes too long is a timeout', async () => {
    const call = docker.exec(id, { cmd: ['sleep', '60'], timeoutMs: 200 })
    await assert.rejects(call, { code: 'timeout' })
  })

  test('a command with more output than memory should hold is stopped being read', async () => {
    const call = docker.exec(id, { cmd: ['head', '-c', '9000000', '/dev/zero'] })
    await assert.rejects(call, { code: 'malformed', retryable: false })
  })

  test('output comes while the command runs, and an abort ends it', async () => {
    const stop = new AbortController()
    const { output } = await docker.execStream(id, {
      cmd: ['sh', '-c', 'echo one; sleep 60'],
      signal: stop.signal,
    })
    for await (const { data } of output) {
      assert.equal(data.toString(), 'one\n')
      stop.abort()
    }
    assert.ok(stop.signal.aborted)
    const { output: whole, exitCode } = await docker.execStream(id, { cmd: ['sh', '-c', 'exit 4'] })
    assert.equal(await text(whole), '')
    assert.equal(await exitCode(), 4)
  })
})

describe('files', () => {
  test('are written and read, whether the container runs or not', async () => {
    const id = await create('files')
    await docker.writeFiles(id, '/', [
      { name: 'me.json', content: '{"a":"ä"}', mode: 0o600, uid: 1000 },
      { name: 'opt/deep/er.txt', content: Buffer.from('deep'), mode: 0o644 },
    ])
    for (const started of [false, true]) {
      if (started) await docker.startContainer(id)
      assert.equal(await docker.readFile(id, '/me.json'), '{"a":"ä"}')
      assert.equal(await docker.readFile(id, '/opt/deep/er.txt'), 'deep')
      assert.equal(await docker.readFile(id, '/none'), undefined)
      assert.equal(await docker.readFile(id, '/none/none'), undefined)
    }
    const { stdout } = await docker.exec(id, { cmd: ['stat', '-c', '%a %u %g', '/me.json'] })
    assert.equal(stdout, '600 1000 1000\n')
  })

  test('are read through links; folders, devices and large ones are refused', async () => {
    const script =
      'echo here > /a; ln -s a /b; ln -s /b /c; ln -s loop /loop; ln -s none /d; truncate -s 1048577 /large; truncate -s 1048576 /fits; sleep 600'
    const id = await run('links', { Cmd: ['sh', '-c', script] })
    await eventually(async () => assert.ok(await docker.readFile(id, '/fits')))
    assert.equal(await docker.readFile(id, '/c'), 'here\n')
    assert.equal(await docker.readFile(id, '/d'), undefined)
    assert.equal((await docker.readFile(id, '/fits'))?.length, 1 << 20)
    for (const path of ['/large', '/etc', '/', '/dev/null']) {
      await assert.rejects(docker.readFile(id, path), { code: 'bad-request' }, path)
    }
    await assert.rejects(docker.readFile(id, '/loop'))
    await assert.rejects(docker.readFile(`${PREFIX}-none`, '/a'), { code: 'not-found' })
    await assert.rejects(docker.writeFiles(id, '/none', []), { code: 'not-found' })
  })

  test('go from one container to another as an archive', async () => {
    const [from, to] = [await create('from'), await create('to')]
    await docker.writeFiles(from, '/srv', [{ name: 'a', content: 'x', mode: 0o644 }])
    await docker.putArchive(to, '/opt', await docker.getArchive(from, '/srv'))
    assert.equal(await docker.readFile(to, '/opt/srv/a'), 'x')
  })
})

describe('logs', () => {
  test('come by stream, from the end, and while they are written', async () => {
    const script = 'echo one; echo two >&2; echo three; exec sleep 600'
    const id = await run('logs', { Cmd: ['sh', '-c', script] })
    await eventually(async () => assert.match(await text(docker.logs(id)), /three/))
    const streams = { stdout: '', stderr: '' }
    for await (const { stream, data } of docker.logs(id)) streams[stream] += data
    assert.deepEqual(streams, { stdout: 'one\nthree\n', stderr: 'two\n' })
    assert.match(await text(docker.logs(id, { tail: 1, timestamps: true })), /^20\d\d-\S+ three\n$/)
    const later = Date.now() / 1000 + 60
    assert.equal(await text(docker.logs(id, { since: later })), '')

    const followed = text(docker.logs(id, { follow: true, tail: 1 }))
    await docker.stopContainer(id, { timeoutS: 0 })
    assert.equal(await followed, 'three\n')
  })

  test('of a quiet container can be followed, until the abort', async () => {
    const id = await run('quiet')
    const signal = AbortSignal.timeout(300)
    assert.equal(await text(docker.logs(id, { follow: true, signal })), '')
  })

  test('of a terminal are raw', async () => {
    const id = await run('tty', { Cmd: ['echo', 'hello'], Tty: true })
    await eventually(async () => assert.equal(await text(docker.logs(id)), 'hello\r\n'))
  })
})

test('events of a container come in order, and again from a moment in the past', async () => {
  const since = Date.now() / 1000
  const stop = new AbortController()
  const filters = { type: ['container'], label: labels, container: [`${PREFIX}-events`] }
  const seen: DockerEvent[] = []
  const events = docker.events({ filters, signal: stop.signal })
  await events.opened
  const follow = (async () => {
    for await (const event of events) {
      seen.push(event)
      if (event.Action === 'destroy') stop.abort()
    }
  })()
  const id = await run('events', { Cmd: ['true'] })
  await eventually(() => assert.ok(seen.some(({ Action }) => Action === 'die')))
  await docker.removeContainer(id)
  await follow
  assert.deepEqual(
    seen.map(({ Action }) => Action),
    ['create', 'start', 'die', 'destroy'],
  )
  assert.deepEqual([seen[2]?.Actor.ID, seen[2]?.Actor.Attributes['exitCode']], [id, '0'])

  const past = docker.events({ filters, since, signal: AbortSignal.timeout(5000) })
  for await (const { Action } of past) {
    assert.equal(Action, 'create')
    break
  }
})

test('volumes are made, listed, used and removed', async () => {
  const name = `${PREFIX}-volume`
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
  const name = `${PREFIX}-network`
  const id = await docker.createNetwork(name, { labels: Labels, internal: true })
  await assert.rejects(docker.createNetwork(name), { code: 'conflict' })
  const one = await docker.inspectNetwork(name)
  assert.deepEqual([one.Id, one.Driver, one.Internal, one.Containers], [id, 'bridge', true, {}])
  assert.match(one.IPAM.Config[0]?.Subnet ?? '', /^\d+\.\d+\.\d+\.\d+\/\d+$/)
  assert.deepEqual(
    (await docker.listNetworks({ names: [name] })).map(({ Id }) => Id),
    [id],
  )
  assert.deepEqual(await docker.listNetworks({ names: ['sntest-dock'] }), [])
  await docker.removeNetwork(id)
  await assert.rejects(docker.inspectNetwork(id), { code: 'not-found' })
})

describe('an image', () => {
  const context = (dockerfile: string) => {
    const tar = pack()
    tar.entry({ name: 'Dockerfile' }, dockerfile)
    tar.finalize()
    return tar
  }

  test('is built with arguments and labels, tagged, listed and removed', async () => {
    const tag = `${PREFIX}:built`
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

    await docker.tagImage(id, `${PREFIX}:other`)
    const listed = await docker.listImages({ labels, reference: `${PREFIX}:*` })
    assert.deepEqual(listed[0]?.RepoTags.toSorted(), [tag, `${PREFIX}:other`])
    await create('image-user', { Image: tag })
    await assert.rejects(docker.removeImage(id), { code: 'conflict' })
    await docker.removeContainer(`${PREFIX}-image-user`)
    await docker.removeImage(tag)
    await docker.removeImage(`${PREFIX}:other`)
    assert.equal(await docker.inspectImage(id), undefined)
  })

  test('whose step fails tells the step and the engine’s words', async () => {
    const build = docker.buildImage(context(`FROM ${IMAGE}\nRUN exit 7\n`), { tag: PREFIX })
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
      await assert.rejects(docker.buildImage(context(dockerfile), { tag: PREFIX }), {
        code: 'bad-request',
        message: words,
      })
    }
  })

  test('cannot be pulled from a registry that is not there; later perhaps', async () => {
    await assert.rejects(docker.pullImage(`127.0.0.1:9/${PREFIX}:1`), {
      code: 'server',
      retryable: true,
      message: /connection refused/,
    })
  })
})
