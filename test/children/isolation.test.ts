import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { docker, sleeper, startStandIn, sweep } from './stand-in.ts'

const SUITE = 'isolation'

describe('what a child may reach', () => {
  before(() => sweep(SUITE))
  after(() => sweep(SUITE))

  test('is not the engine, the host or raw packets, whatever its node has mounted', async () => {
    const node = await startStandIn(SUITE, {
      Binds: [
        '/:/host',
        '/var/run/docker.sock:/var/run/docker.sock',
        '/var/run:/hostrun',
        '/usr/share:/extra:ro',
      ],
      Mounts: [
        { Type: 'volume', Target: '/serfnode' },
        { Type: 'volume', Target: '/var/lib/serfnode' },
      ],
    })
    const run = node.supervise([sleeper('app')])
    await run.until('app', { state: 'running' })
    const child = await docker.inspectContainer(`app_app_${node.name}`)
    const places = child.Mounts.map(({ Destination }) => Destination).sort()
    assert.deepEqual(places, ['/extra', '/serfnode'])
    assert.equal(child.Mounts.find(({ Destination }) => Destination === '/extra')?.RW, false)

    const { stdout } = await docker.exec(child.Id, { cmd: ['grep', 'CapEff', '/proc/self/status'] })
    const capabilities = BigInt(`0x${stdout.split(/\s+/)[1]}`)
    assert.equal((capabilities >> 13n) & 1n, 0n)
    const found = await docker.exec(child.Id, {
      cmd: ['find', '/', '-xdev', '-name', 'docker.sock'],
    })
    assert.equal(found.stdout, '')
    await run.end()
  })
})
