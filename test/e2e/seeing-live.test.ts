import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BASE, testCluster, untilMembers } from '../support/cluster.ts'
import { docker, inside } from '../support/docker.ts'
import { startDockerProxy } from '../support/docker-proxy.ts'
import { eventually } from '../support/eventually.ts'
import { untilChild } from '../support/node.ts'
import { onTerminal } from '../support/terminal.ts'

const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const yml = JSON.stringify({
  serfnode: { role: 'web' },
  children: { app: { image: BASE, command: 'sleep 1d', init: true } },
})

describe('serfnode top on a terminal', () => {
  const cluster = testCluster('live')
  const web = cluster.container('web')
  after(() => cluster[Symbol.dispose]())
  before(async () => {
    await cluster.start('web', { yml })
    await cluster.start('other', { role: 'proxy' })
    for (const node of ['web', 'other']) await inside(cluster.container(node), '/me')
    await untilChild(web, 'app', { state: 'running' })
    await untilMembers(web, 2)
  })

  const shows = (top: ReturnType<typeof onTerminal>, ...what: RegExp[]) =>
    eventually(
      () => {
        for (const each of what) assert.match(top.lines().join('\n'), each)
      },
      { within: 20_000 },
    )

  test('shows a node until q, fits when the size changes, and gives the terminal back', async () => {
    // It looks again at once when the size changes, and not only a minute later.
    using top = onTerminal(['top', web, '-i', '1m'], { columns: 80, rows: 24 })
    await shows(top, /^state +up, /m, /^app +running /m, /^cluster .*: 2 alive$/m)
    top.resize({ columns: 40, rows: 6 })
    await shows(top, /… \d+ more lines/)
    assert.equal(top.lines().length, 6)
    for (const line of top.lines().slice(1)) assert.ok(line.length <= 40, line)
    top.resize({ columns: 120, rows: 40 })
    await shows(top, /^CHILD +STATE +SINCE +RESTARTS +CONTAINER +IMAGE$/m)
    top.type('x')
    top.type('q')
    assert.equal(await top.ended, 0)
    assert.ok(top.output().endsWith(LEFT), JSON.stringify(top.output().slice(-40)))
  })

  test('goes on when its node is stopped and started, and ends by a signal in good order', async () => {
    using top = onTerminal(['top', '--node', web, '-i', '500ms'], { columns: 100, rows: 30 })
    await shows(top, /^state +up, /m)
    const id = /^id +(\S+),/m.exec(top.lines().join('\n'))?.[1] ?? 'none'
    await docker('stop', web)
    await shows(top, new RegExp(`^node ${web} is not running \\(exited\\)`, 'm'), /^CHILD/m)
    await docker('start', web)
    await shows(top, /^state +up, /m, /^app +running /m)
    const lines = top.lines().join('\n')
    assert.doesNotMatch(lines, /is not running/)
    assert.ok(!lines.includes(id), `${id} is another life's: ${lines}`)
    top.kill('SIGTERM')
    assert.equal(await top.ended, 130)
    assert.ok(top.output().endsWith(LEFT))
  })

  test('shows all nodes of the engine when there are several and none is named', async () => {
    using top = onTerminal(['top'], { columns: 100, rows: 200 })
    await shows(top, /^NODE +STATE/m, /^proxy-[0-9a-f]{6} +up/m, /^ {2}app +running/m)
    top.type('\u0003')
    assert.equal(await top.ended, 0)
    assert.ok(top.output().endsWith(LEFT))
  })

  test('ends at q although the engine has stopped answering', async () => {
    const socketPath = join(cluster.folder, 'docker.sock')
    const proxy = await startDockerProxy({ socketPath })
    const env = { DOCKER_HOST: `unix://${socketPath}` }
    using top = onTerminal(['top', web, '-i', '200ms'], { columns: 80, rows: 24 }, env)
    await shows(top, /^state +up, /m)
    proxy.fault({ path: /./, fault: { type: 'hang' } })
    const asked = proxy.seen.length
    await eventually(() => assert.equal(proxy.seen.length > asked, true))
    const began = performance.now()
    top.type('q')
    assert.equal(await top.ended, 0)
    assert.ok(performance.now() - began < 3_000)
    await proxy.close()
  })

  test('says at once that there is no such node, and leaves the terminal alone', async () => {
    using top = onTerminal(['top', 'nobody'], { columns: 80, rows: 24 })
    assert.equal(await top.ended, 1)
    assert.match(top.output(), /no node nobody on this engine/)
    assert.doesNotMatch(top.output(), /1049h/)
  })
})
