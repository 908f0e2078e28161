import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { childIn, docker, interfacesOf, sleeper, startStandIn, sweep, TEST } from './stand-in.ts'

const SUITE = 'supervise'

describe('children on a real engine', { concurrency: 3 }, () => {
  before(() => sweep(SUITE))
  after(() => sweep(SUITE))

  test('start one after the other, in the network of their node', async () => {
    const node = await startStandIn(SUITE)
    const run = node.supervise([sleeper('c1'), sleeper('c2'), sleeper('c3')])
    await run.until('c3', { state: 'running' })
    const children = await childIn(node.id)
    const inspects = await Promise.all(
      ['c1', 'c2', 'c3'].map((name) => docker.inspectContainer(children.get(name)?.Id ?? '')),
    )
    const started = inspects.map(({ State }) => State.StartedAt)
    assert.deepEqual(started, [...started].sort())
    for (let at = 1; at < 3; at += 1) {
      assert.ok((inspects[at]?.Created ?? '') > (started[at - 1] ?? ''))
    }
    assert.equal(inspects[0]?.Name, `/c1_app_${node.name}`)
    assert.equal(inspects[0]?.HostConfig.NetworkMode, `container:${node.id}`)
    assert.ok((await interfacesOf(inspects[0]?.Id ?? '')).includes('eth0'))
    await eventually(() => assert.equal(run.view().up, true))
    await run.end()
  })

  test('are left alone by the next agent when nothing changed, and only the changed one is made anew', async () => {
    const node = await startStandIn(SUITE)
    const first = node.supervise([sleeper('same'), sleeper('other'), sleeper('gone')])
    await first.until('gone', { state: 'running' })
    await first.end()
    const before = await childIn(node.id)

    const second = node.supervise([sleeper('same'), sleeper('other')])
    await eventually(async () => assert.equal((await childIn(node.id)).size, 2))
    await second.until('other', { state: 'running' })
    assert.equal(second.view().up, true)
    await second.end()
    const kept = await childIn(node.id)
    assert.equal(kept.get('same')?.Id, before.get('same')?.Id)

    const third = node.supervise([sleeper('same'), sleeper('other', { environment: { A: '1' } })])
    await eventually(async () => {
      const now = await childIn(node.id)
      assert.notEqual(now.get('other')?.Id, before.get('other')?.Id)
      assert.equal(now.get('other')?.State, 'running')
    })
    assert.equal(third.status('other').last_reason, 'made anew, since it changed')
    await third.end()
    const now = await childIn(node.id)
    assert.equal(now.get('same')?.Id, before.get('same')?.Id)
    assert.equal(now.size, 2)
    const { State } = await docker.inspectContainer(now.get('same')?.Id ?? '')
    assert.equal(
      State.StartedAt < (await docker.inspectContainer(now.get('other')?.Id ?? '')).Created,
      true,
    )
  })

  test('come back when they are killed, with a growing wait and the reason in the status', async () => {
    const node = await startStandIn(SUITE)
    const run = node.supervise([sleeper('app'), sleeper('loop', { command: ['false'] })])
    await run.until('app', { state: 'running' })
    await docker.killContainer(`app_app_${node.name}`)
    const status = await run.until('app', { state: 'running', restarts: 1 })
    assert.match(status.last_reason ?? '', /SIGKILL \(code 137\)/)

    const loop = await eventually(() => {
      const now = run.status('loop')
      assert.ok(now.restarts >= 3, JSON.stringify(now))
      return now
    })
    assert.equal(loop.last_reason, 'exited with code 1')
    assert.equal(run.view().up, false)
    const said = run.log.lines.filter(({ message }) => message.startsWith('child loop'))
    assert.deepEqual(
      said.map(({ message }) => message).filter((line) => /code 1/.test(line)),
      ['child loop: exited with code 1; tried again until it works'],
    )
    await run.end()
  })

  test('come back when their container is removed, and the status says so', async () => {
    const node = await startStandIn(SUITE)
    const run = node.supervise([sleeper('app')])
    await run.until('app', { state: 'running', restarts: 0 })
    await docker.removeContainer(`app_app_${node.name}`, { force: true })
    const again = await run.until('app', { state: 'running', restarts: 1 })
    assert.equal(again.last_reason, 'its container was removed')
    await run.end()
  })

  test('stay stopped or paused when a user did that, also for the next agent', async () => {
    const node = await startStandIn(SUITE)
    const run = node.supervise([sleeper('app')])
    await run.until('app', { state: 'running' })
    const name = `app_app_${node.name}`
    await docker.stopContainer(name, { timeoutS: 2 })
    await run.until('app', { state: 'stopped', last_reason: 'stopped by hand' })
    await run.end()

    const next = node.supervise([sleeper('app')])
    await next.until('app', { state: 'stopped' })
    await docker.startContainer(name)
    await next.until('app', { state: 'running' })
    assert.equal(next.status('app').restarts, 0)
    await next.end()
  })

  test('have their own /me.json without a shell and without any environment', async () => {
    const node = await startStandIn(SUITE)
    const children = [
      sleeper('app', { environment: { SECRET: 'geheim' } }),
      sleeper('fixed', { read_only: true }),
    ]
    const run = node.supervise(children)
    await run.until('fixed', { state: 'running' })
    const { Id = '' } = (await childIn(node.id)).get('app') ?? {}
    const text = (await docker.readFile(Id, '/me.json')) ?? ''
    const me = JSON.parse(text)
    assert.equal(me.id, node.facts.memberId)
    assert.equal(me.inspect.Id, Id)
    const own = await docker.inspectContainer(node.id)
    assert.equal(me.inspect.NetworkSettings.IPAddress, own.NetworkSettings.IPAddress)
    assert.ok(!text.includes('geheim'))
    assert.match(run.status('fixed').warnings.join(), /no \/me.json/)

    await eventually(() => assert.equal(Object.keys(run.view().childrenByName).length, 2))
    assert.equal(run.view().me.id, node.facts.memberId)
    assert.ok(!JSON.stringify(run.view()).includes('geheim'))
    await run.end()
  })

  test('wait for the roles they need, and hold up nobody meanwhile', async () => {
    const node = await startStandIn(SUITE)
    const live = new Set<string>()
    const run = node.supervise(
      [
        sleeper('app', { needs: ['mysql'] }),
        sleeper('next'),
        sleeper('after', { links: [{ child: 'app', alias: 'a' }] }),
      ],
      { roles: { has: (role) => live.has(role) } },
    )
    await run.until('next', { state: 'running' })
    assert.deepEqual(run.status('app').waiting_for, ['role mysql'])
    assert.deepEqual(run.status('after').waiting_for, ['child app'])
    assert.equal(run.view().up, false)
    live.add('mysql')
    run.wake()
    await run.until('after', { state: 'running' })
    live.delete('mysql')
    run.wake()
    await docker.killContainer(`app_app_${node.name}`)
    await run.until('app', { state: 'running', restarts: 1 })
    await run.end()
  })

  test('whose image is missing hold up nobody, and start when it is there', async () => {
    const node = await startStandIn(SUITE)
    const image = `sntest-${node.name}:1`
    const run = node.supervise([sleeper('app', { image, pull: 'never' }), sleeper('next')], {
      relistMs: 300,
    })
    await run.until('next', { state: 'running' })
    const status = await run.until('app', { state: 'backoff' })
    assert.match(status.last_reason ?? '', /not here/)
    assert.ok(status.next_try)
    await docker.tagImage('serfnode-base:trixie', image)
    await run.until('app', { state: 'running' })
    await run.end()
    await docker.removeContainer(`app_app_${node.name}`, { force: true })
    await docker.removeImage(image)
  })

  test('that somebody doubled are one again, the oldest that runs', async () => {
    const node = await startStandIn(SUITE)
    const run = node.supervise([sleeper('app')])
    await run.until('app', { state: 'running' })
    const first = await docker.inspectContainer(`app_app_${node.name}`)
    const { Env, Cmd, Labels, Image } = first.Config
    const body = { Env, Cmd: Cmd ?? [], Labels, Image, HostConfig: first.HostConfig }
    const second = await docker.createContainer(
      `sntest-${SUITE}-double-${node.id.slice(0, 6)}`,
      body,
    )
    await docker.startContainer(second.Id)
    await eventually(async () => {
      const children = await docker.listContainers({
        all: true,
        labels: [`io.serfnode.owner=${node.id}`],
      })
      assert.deepEqual(
        children.map(({ Id }) => Id),
        [first.Id],
      )
    })
    await run.end()
  })

  test('see the volumes of a sibling, and those go with the last who has them', async () => {
    const node = await startStandIn(SUITE)
    const data = { type: 'volume' as const, target: '/data', read_only: false }
    const children = [sleeper('db', { volumes: [data] }), sleeper('app', { volumes_from: ['db'] })]
    const run = node.supervise(children)
    await run.until('app', { state: 'running' })
    const [db, app] = await Promise.all(
      ['db', 'app'].map((name) => docker.inspectContainer(`${name}_app_${node.name}`)),
    )
    const volume = db?.Mounts.find(({ Destination }) => Destination === '/data')?.Name ?? ''
    assert.equal(app?.Mounts.find(({ Destination }) => Destination === '/data')?.Name, volume)
    await run.end()

    const none = node.supervise([])
    await eventually(async () => assert.equal((await childIn(node.id)).size, 0))
    await none.end()
    await eventually(() => assert.rejects(docker.inspectVolume(volume), { code: 'not-found' }))
  })

  test('wait for the container they have volumes from, and get neither its socket nor take its volume away', async () => {
    const node = await startStandIn(SUITE)
    const donor = `${node.name}-data`
    const app = sleeper('app', { volumes_from: [`container:${donor}`] })
    const run = node.supervise([app], { relistMs: 200 })
    await eventually(() => assert.deepEqual(run.status('app').waiting_for, [`container ${donor}`]))
    const { Id } = await docker.createContainer(donor, {
      Image: 'serfnode-base:trixie',
      Labels: TEST,
      Volumes: { '/data': {} },
      HostConfig: { Binds: ['/var/run/docker.sock:/engine'] },
    })
    await run.until('app', { state: 'running' })
    const { Mounts } = await docker.inspectContainer(`app_app_${node.name}`)
    assert.deepEqual(
      Mounts.map(({ Destination }) => Destination),
      ['/data'],
    )
    await docker.removeContainer(Id)
    await run.end()
    const none = node.supervise([])
    await eventually(async () => assert.equal((await childIn(node.id)).size, 0))
    await none.end()
    const volume = Mounts[0]?.Name ?? ''
    assert.equal((await docker.inspectVolume(volume)).Name, volume)
    await docker.removeVolume(volume)
  })
})
