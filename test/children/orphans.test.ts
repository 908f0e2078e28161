import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findOrphans, orphansOf, removeOrphans } from '../../src/children/orphans.ts'
import { removeNode } from '../../src/children/remove-node.ts'
import { eventually } from '../support/eventually.ts'
import { keptLog } from '../support/kept-log.ts'
import { childIn, docker, sleeper, startStandIn, sweep, TEST } from './stand-in.ts'

const SUITE = 'orphans'
const SHARED = { Mounts: [{ Type: 'volume' as const, Target: '/serfnode' }] }

describe('children of a node that is gone', { concurrency: 3 }, () => {
  before(() => sweep(SUITE))
  after(async () => {
    await sweep(SUITE)
    await docker.removeVolume('sntest-orphans-named', { force: true })
  })

  const volumeAt = async (id: string, place: string): Promise<string> => {
    const { Mounts } = await docker.inspectContainer(id)
    return Mounts.find(({ Destination }) => Destination === place)?.Name ?? ''
  }

  test('are removed by the next node of that name, before its own children start', async () => {
    const node = await startStandIn(SUITE, SHARED)
    const named = {
      type: 'volume' as const,
      source: 'sntest-orphans-named',
      target: '/data',
      read_only: false,
    }
    const anonymous = { type: 'volume' as const, target: '/scratch', read_only: false }
    const children = [sleeper('app', { volumes: [named, anonymous] })]
    const first = node.supervise([...children, sleeper('former')])
    await first.until('former', { state: 'running' })
    await first.end()
    const { Id: old = '' } = (await childIn(node.id)).get('app') ?? {}
    const gone = [await volumeAt(old, '/serfnode'), await volumeAt(old, '/scratch')]
    await docker.removeContainer(node.id, { force: true })

    const heir = await startStandIn(SUITE, SHARED, node.name)
    const second = heir.supervise(children)
    await second.until('app', { state: 'running' })
    await assert.rejects(docker.inspectContainer(old), { code: 'not-found' })
    for (const volume of gone)
      await assert.rejects(docker.inspectVolume(volume), { code: 'not-found' })
    assert.equal((await docker.inspectVolume('sntest-orphans-named')).Name, 'sntest-orphans-named')
    await assert.rejects(docker.inspectContainer(`former_app_${node.name}`), { code: 'not-found' })
    await second.end()
  })

  test('give up a name that a child needs, from whatever cluster they are', async () => {
    const node = await startStandIn(SUITE)
    const name = `app_app_${node.name}`
    const labels = { 'io.serfnode.child': 'app', 'io.serfnode.owner': 'd'.repeat(64) }
    const body = { Image: 'serfnode-base:trixie', Cmd: ['true'], Labels: { ...TEST, ...labels } }
    const leftover = await docker.createContainer(name, body)
    const run = node.supervise([sleeper('app')])
    await run.until('app', { state: 'running' })
    await assert.rejects(docker.inspectContainer(leftover.Id), { code: 'not-found' })
    await run.end()
  })

  test('are found and removed by whoever collects, those of living nodes are not', async () => {
    const [alive, dead] = [await startStandIn(SUITE), await startStandIn(SUITE)]
    const runs = [alive, dead].map((node) => node.supervise([sleeper('app')]))
    for (const run of runs) await run.until('app', { state: 'running' })
    for (const run of runs) await run.end()
    await docker.removeContainer(dead.id, { force: true })

    const found = await findOrphans(docker)
    const names = found.map(({ name }) => name)
    assert.ok(names.includes(`app_app_${dead.name}`))
    assert.ok(!names.includes(`app_app_${alive.name}`))
    const mine = orphansOf(found, dead.facts)
    assert.deepEqual(
      mine.map(({ name }) => name),
      [`app_app_${dead.name}`],
    )
    assert.deepEqual(await removeOrphans(docker, mine, keptLog()), [])
    assert.ok(
      !(await findOrphans(docker)).some(
        ({ name }) => names.includes(name) && name.includes(dead.name),
      ),
    )
  })

  test('are not taken for ours when a stranger has the name: it stays and the status says so', async () => {
    const node = await startStandIn(SUITE)
    const name = `app_app_${node.name}`
    const body = { Image: 'serfnode-base:trixie', Cmd: ['sleep', '1000'], Labels: TEST }
    const stranger = await docker.createContainer(name, body)
    const run = node.supervise([sleeper('app')])
    const status = await run.until('app', { state: 'backoff' })
    assert.match(status.last_reason ?? '', /not ours/)
    await docker.removeContainer(stranger.Id)
    await run.until('app', { state: 'running' })
    await run.end()
  })

  test('go with their node when it is removed as a whole', async () => {
    const node = await startStandIn(SUITE, SHARED)
    const run = node.supervise([sleeper('c1'), sleeper('c2')])
    await run.until('c2', { state: 'running' })
    await run.end()
    const volume = await volumeAt(node.id, '/serfnode')
    const removed: string[] = []
    await removeNode(docker, node.name, { volumes: false, onRemoved: (name) => removed.push(name) })
    assert.deepEqual(removed, [`c2_app_${node.name}`, `c1_app_${node.name}`, node.name])
    await eventually(() => assert.rejects(docker.inspectVolume(volume), { code: 'not-found' }))
    assert.equal((await childIn(node.id)).size, 0)
  })
})
