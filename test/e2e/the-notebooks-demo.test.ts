import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { docker, tryDocker } from '../support/docker.ts'
import { atTerminal, taken, untilPrinted, volumesInUse, volumesLeft } from '../support/notebooks.ts'
import { runShown } from '../support/readme.ts'

const DEMO = 'npm run demo -- notebooks'

const demo = async (): Promise<string> => {
  const { code, output } = await runShown(DEMO)
  assert.equal(code, 0, output)
  return output
}

const refused = async (): Promise<string> => {
  const { code, output } = await runShown(DEMO)
  assert.equal(code, 1, output)
  return output
}

describe(DEMO, () => {
  let isOurs = false
  let volumes: string[] = []
  before(async () => {
    const found = (await taken()).join(', ')
    assert.equal(found, '', `may be in use: ${found}; ${DEMO} --stop`)
    isOurs = true
  })
  after(async () => {
    if (isOurs) await runShown(`${DEMO} --stop`)
  })

  test('ends with the numbers that came through and links to the notebooks', async () => {
    const report = await demo()
    for (const role of ['ipython1', 'ipython2', 'rabbit']) {
      assert.match(report, new RegExp(`${role}-\\w{6} +${role} +alive`))
    }
    assert.match(
      report,
      /sent 10\n[\s\S]*received 10\n *10 numbers, their sum is 55\n *missing: none/,
    )
    const links = report.match(/http:\/\/localhost:123[45]\/notebooks\/\S+/g) ?? []
    assert.equal(links.length, 2, report)
    for (const link of links) assert.equal((await fetch(link)).status, 200, link)
    volumes = await volumesInUse()
  })

  test('leaves what runs alone when it is called again', async () => {
    const ids = () => docker('inspect', '--format', '{{.Id}}', 'ipython1', 'ipython2', 'rabbit')
    const before = await ids()
    assert.doesNotMatch(await demo(), /\$ docker run/)
    assert.equal(await ids(), before)
  })

  test('leaves nothing behind when all demos are stopped, not even of a removed node', async () => {
    await docker('rm', '-f', 'ipython2')
    const { output } = await runShown('npm run demo -- --stop')
    assert.match(output, /images are kept/)
    assert.deepEqual(await taken(), [])
    assert.ok(volumes.length >= 3)
    assert.deepEqual(await volumesLeft(volumes), [])
  })

  test('takes back what it has started when it is interrupted', async () => {
    const typed = atTerminal(DEMO)
    await untilPrinted(typed, /\$ docker run -d --rm -it/, 60_000)
    typed.type('\u0003')
    await typed.ended
    assert.match(typed.said(), /taking back what this run started/)
    assert.deepEqual(await taken(), [])
  })

  test('starts nothing while somebody else has one of its ports', async () => {
    const server = createServer().listen(1235)
    try {
      assert.match(await refused(), /port 1235, which ipython2 needs, is in use by another program/)
      assert.deepEqual(await taken(), [])
    } finally {
      server.close()
    }
  })

  test('does not touch a container of somebody else that has one of its names', async () => {
    await docker('create', '--name', 'rabbit', '--label', 'io.serfnode.test=notebooks', 'serfnode')
    try {
      assert.match(await refused(), /a container named rabbit is not the demo's/)
      await runShown(`${DEMO} --stop`)
      assert.deepEqual(await taken(), ['rabbit'])
    } finally {
      await tryDocker(['rm', '-fv', 'rabbit'])
    }
  })
})
