import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DockerEvent } from '../../src/docker/client.ts'
import { eventually } from '../support/eventually.ts'
import { Labels, labels, realEngine } from './real-engine.ts'

const { docker, prefix, create, run } = realEngine('containers')

describe('a container', () => {
  test('lives the whole life', async () => {
    const id = await create('life', {
      Env: ['A=b'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } },
    })
    const name = `${prefix}-life`
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
    const query = { all: true, labels, names: [`${prefix}-listed`] }
    assert.deepEqual(
      (await docker.listContainers(query)).map(({ Id, Names, State }) => ({ Id, Names, State })),
      [{ Id: id, Names: [`/${prefix}-listed`], State: 'created' }],
    )
    assert.deepEqual(await docker.listContainers({ ...query, all: false }), [])
    assert.deepEqual(await docker.listContainers({ ...query, labels: ['io.serfnode.test=2'] }), [])
  })

  test('with a taken name is a conflict, without an image not-found', async () => {
    await create('taken')
    await assert.rejects(create('taken'), { code: 'conflict', retryable: false })
    await assert.rejects(create('no-image', { Image: `${prefix}:none` }), { code: 'not-found' })
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

test('events of a container come in order, and again from a moment in the past', async () => {
  const since = Date.now() / 1000
  const stop = new AbortController()
  const filters = { type: ['container'], label: labels, container: [`${prefix}-events`] }
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
  await eventually(() =>
    assert.equal(
      seen.some(({ Action }) => Action === 'die'),
      true,
    ),
  )
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
